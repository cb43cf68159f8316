"""What bases and mechanisms compute with: functions of tensors that know no mechanism."""
