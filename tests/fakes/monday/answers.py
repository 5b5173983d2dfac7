"""Questions in GraphQL: read and judged by graphql-core, answered from plain values.

Answering is our own walk over the document: graphql-core's takes a second for a page of 500 items.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    get_argument_values,
    get_named_type,
    get_variable_values,
    parse,
    validate,
)  # fmt: skip

from tests.fakes.monday.cells import Mistake

TEXT = Path(__file__).with_name("schema.graphql")
DEEPEST = 12
SCHEMA = build_schema(TEXT.read_text(encoding="utf-8"))


class Unasked(Exception):
    """The question itself is wrong; the errors as the API words them."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(str(errors))
        self.errors = [{"message": e.message, "locations": [{"line": 1, "column": 1}]} for e in errors]


@dataclass(frozen=True)
class Question:
    """One document that may be asked."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]

    @property
    def is_mutation(self) -> bool:
        """It writes."""
        return self.operation.operation.value == "mutation"

    @property
    def name(self) -> str:
        """What its author calls it."""
        return self.operation.name.value if self.operation.name else ""

    @property
    def root(self) -> GraphQLObjectType:
        """Query or Mutation."""
        found = SCHEMA.mutation_type if self.is_mutation else SCHEMA.query_type
        assert found
        return found

    def fields(self) -> list[str]:
        """The names of its fields, aliases aside."""
        return [node.name.value for node in _nodes(self, self.operation.selection_set, self.root.name)]


@lru_cache(maxsize=500)
def question(text: str) -> Question:
    """The document, read and judged. Raises Unasked."""
    try:
        document = parse(text)
    except GraphQLError as error:
        raise Unasked([error]) from None
    if errors := validate(SCHEMA, document):
        raise Unasked(errors)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {n.name.value: n for n in document.definitions if isinstance(n, FragmentDefinitionNode)}
    if len(operations) != 1:
        raise Unasked([GraphQLError("Exactly one operation is expected.")])
    if _depth(operations[0].selection_set, fragments) > DEEPEST:
        raise Unasked([GraphQLError("The query is nested too deeply.")])
    return Question(operations[0], fragments)


def _depth(chosen: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode]) -> int:
    if chosen is None:
        return 0
    deepest = 0
    for node in chosen.selections:
        inner = fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        deepest = max(deepest, _depth(inner.selection_set, fragments))  # type: ignore[union-attr]
    return deepest + 1


def variables(asked: Question, given: dict[str, Any]) -> Any:
    """The variables as the schema wants them. Raises Unasked."""
    found = get_variable_values(SCHEMA, asked.operation.variable_definitions or (), given)
    if isinstance(found, list):
        raise Unasked(found)
    return found


@dataclass
class Answering:
    """One walk over a question. `resolve(field, arguments)` answers the fields of the root."""

    asked: Question
    values: Any  # of the variables
    resolve: Callable[[str, dict[str, Any]], Any]

    def __post_init__(self) -> None:
        self._plans: dict[
            tuple[int, str], list[tuple[str, str, dict[str, Any], SelectionSetNode | None]]
        ] = {}

    def roots(self) -> list[tuple[str, str, dict[str, Any], SelectionSetNode | None]]:
        """Alias, name, arguments and selection of each field of the root."""
        return self._plan(self.asked.operation.selection_set, self.asked.root.name)

    def one(self, name: str, arguments: dict[str, Any], chosen: SelectionSetNode | None) -> Any:
        """The answer to one field of the root. Raises Mistake."""
        return self._shown(self.resolve(name, arguments), chosen)

    def is_required(self, name: str) -> bool:
        """Without this field there is no answer at all."""
        return isinstance(self.asked.root.fields[name].type, GraphQLNonNull)

    def _shown(self, value: Any, chosen: SelectionSetNode | None) -> Any:
        if isinstance(value, list):
            return [self._shown(one, chosen) for one in value]
        if chosen is None or value is None:
            return value
        plan = self._plan(chosen, value["__typename"])
        if "updated_at" in value and value["__typename"] != "Item":  # a cell: nothing below it is counted out
            return {a: value[n] if i is None else self._shown(value[n], i) for a, n, _given, i in plan}
        shown = {}
        for alias, name, arguments, inner in plan:
            found = value[name] if name != "__typename" else value["__typename"]
            if callable(found):
                found = found(**arguments)
            shown[alias] = found if inner is None or found is None else self._shown(found, inner)
        return shown

    def _plan(self, chosen: SelectionSetNode, kind: str) -> Any:
        known = self._plans.get((id(chosen), kind))
        if known is None:
            known = [self._step(node, kind) for node in _nodes(self.asked, chosen, kind)]
            self._plans[id(chosen), kind] = known
        return known

    def _step(self, node: FieldNode, kind: str) -> Any:
        alias = node.alias.value if node.alias else node.name.value
        if node.name.value == "__typename":
            return alias, "__typename", {}, None
        field = SCHEMA.type_map[kind].fields[node.name.value]  # type: ignore[attr-defined]
        return alias, node.name.value, get_argument_values(field, node, self.values), node.selection_set

    def cost(self) -> int:
        """Complexity of reading: a field is one, a list as many as it may hold."""
        root = self.asked.root.name
        return sum(
            self._cost(node, root) for node in _nodes(self.asked, self.asked.operation.selection_set, root)
        )

    def _cost(self, node: FieldNode, kind: str) -> int:
        if node.selection_set is None or node.name.value == "complexity":
            return 1
        field = SCHEMA.type_map[kind].fields[node.name.value]  # type: ignore[attr-defined]
        arguments = get_argument_values(field, node, self.values)
        inner = get_named_type(field.type)
        kinds = [inner.name]
        if isinstance(inner, GraphQLInterfaceType):
            kinds = [max((t.name for t in SCHEMA.get_possible_types(inner)), key=len)]
        each = sum(self._cost(one, kinds[0]) for one in _nodes(self.asked, node.selection_set, kinds[0]))
        times = 1 if node.name.value == "boards" else arguments.get("limit", 1)
        if node.name.value == "column_values":
            times = len(arguments.get("ids") or []) or 10
        return 1 + each * (times or 1)


def _nodes(asked: Question, chosen: SelectionSetNode, kind: str) -> Iterator[FieldNode]:
    """The fields that are asked of something of this type."""
    for node in chosen.selections:
        if isinstance(node, FieldNode):
            yield node
            continue
        inner = asked.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        assert isinstance(inner, InlineFragmentNode | FragmentDefinitionNode)
        condition = inner.type_condition.name.value if inner.type_condition else kind
        if condition == kind or _is_one(kind, condition):
            yield from _nodes(asked, inner.selection_set, kind)


def _is_one(kind: str, condition: str) -> bool:
    of = SCHEMA.type_map[condition]
    return isinstance(of, GraphQLInterfaceType) and SCHEMA.is_sub_type(of, SCHEMA.type_map[kind])  # type: ignore[arg-type]


def error(alias: str, mistake: Mistake) -> dict[str, Any]:
    """One error of an answer that was done in part."""
    about = {"code": mistake.code, "error_data": mistake.facts, "status_code": mistake.status}
    return {
        "message": mistake.message,
        "path": [alias],
        "locations": [{"line": 1, "column": 1}],
        "extensions": about,
    }
