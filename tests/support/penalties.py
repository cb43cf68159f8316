"""Which leaves learn from the output of a mechanism, and which from its penalty."""

from torch.autograd import grad


def learning(mechanism, streams, mask):
    """The leaves that the output teaches, and those that the penalty teaches: a stream by its name, and
    `parameters` where all of them learn."""
    out, penalty = mechanism(streams, mask), mechanism.auxiliary()
    leaves = [*streams, *mechanism.parameters()]
    taught = []
    for loss in (out.sum(), penalty):
        reached = [slope is not None for slope in grad(loss, leaves, allow_unused=True, retain_graph=True)]
        of_streams, of_parameters = reached[: len(streams.names)], reached[len(streams.names) :]
        names = {name for name, learns in zip(streams.names, of_streams, strict=True) if learns}
        taught.append(names | ({"parameters"} if of_parameters and all(of_parameters) else set()))
    return taught
