"""Tasks with one fault each: functions that return a task, as a part of the catalog may be."""
