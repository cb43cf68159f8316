"""All that takes part in a training: the task and its batches, the device, the model, objective and update."""
