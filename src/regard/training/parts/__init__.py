"""What takes part in a training: task, batches, device, model, objective and update."""
