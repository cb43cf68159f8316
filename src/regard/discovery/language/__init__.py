"""The language of discovery: typed graphs of tensor operations, and what is known of them unrun. No torch."""

from regard.discovery.language.graph import Graph
from regard.discovery.language.operation import Operation, table
from regard.discovery.language.terms import Term, term

__all__ = ["Graph", "Operation", "Term", "table", "term"]
