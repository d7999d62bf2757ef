"""int8 embedding tables with one scale per row, stored once if tied to the output layer.

onnxruntime's quantizers either skip a Gather or use one scale for its whole table. Half of a small language model is
its table, and a single scale loses the precision of rare tokens, which a corrector needs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper

from model_export import graphs

_FINE = 254  # steps of a second term to one of the first, of which rounding leaves half at most
MIN_TABLE_ELEMENTS = 2048  # elements: smaller tables (token types, relative positions) stay in float


def table_gathers(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """Returns the Gather nodes that look up rows in a constant float matrix of at least `MIN_TABLE_ELEMENTS`."""
    known = graphs.initializers(model)
    return [
        node
        for node in model.graph.node
        if node.op_type == "Gather"
        and graphs.attributes(node).get("axis", 0) == 0
        and (table := known.get(node.input[0])) is not None
        and graphs.is_float(table)
        and len(table.dims) == 2
        and table.dims[0] * table.dims[1] >= MIN_TABLE_ELEMENTS
    ]


def tied_output_weights(model: onnx.ModelProto) -> dict[str, str]:
    """Maps each embedding table to the MatMul weight that is its transpose, if the model ties the two."""
    known = graphs.initializers(model)
    tables = {node.input[0]: graphs.array(known[node.input[0]]) for node in table_gathers(model)}
    tied: dict[str, str] = {}
    for node in model.graph.node:
        if node.op_type != "MatMul" or node.input[1] not in known:
            continue
        weight = known[node.input[1]]
        for name, table in tables.items():
            if tuple(weight.dims) == table.shape[::-1] and np.array_equal(graphs.array(weight), table.T):
                tied[name] = node.input[1]
    return tied


def quantize_tables(model: onnx.ModelProto, tied: dict[str, str], second_term: bool = False) -> None:
    """Stores every table as int8 with a float scale per row; a tied one reads the output layer's weight.

    Args:
        tied: as `tied_output_weights` returned before the MatMuls were quantized. Their weights are now
            ``<name>_quantized`` ([hidden, rows], int8, symmetric) with ``<name>_scale`` ([rows]).
        second_term: whether what rounding leaves of a table that is not tied is stored as int8, too.
    """
    known = graphs.initializers(model)
    targets = {node.output[0] for node in table_gathers(model)}
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        if node.output[0] not in targets:
            nodes.append(node)
        elif node.input[0] in tied:
            weight = tied[node.input[0]]
            nodes += _lookup(node, f"{weight}_quantized", f"{weight}_scale", columns=True)
        else:
            name = node.input[0]
            if f"{name}_rows" not in known:
                for proto in _quantized_table(graphs.array(known[name]), f"{name}_rows", second_term):
                    known[proto.name] = proto
                    model.graph.initializer.append(proto)
            rest = f"{name}_rows_rest" if second_term else None
            nodes += _lookup(node, f"{name}_rows", f"{name}_rows_scale", columns=False, rest=rest)
    graphs.replace_nodes(model, nodes)
    graphs.drop_unused_initializers(model)


def quantize_rows(table: graphs.Array) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Returns symmetric int8 values and a float32 scale per row; ``values * scales[:, None]`` approximates `table`."""
    largest = np.abs(table).max(axis=1).astype(np.float32)
    scales = np.where(largest > 0, largest / np.float32(127), np.float32(1))
    return np.rint(table / scales[:, None]).astype(np.int8), scales


def _quantized_table(table: graphs.Array, name: str, second_term: bool) -> list[onnx.TensorProto]:
    """Returns the table's int8 values, its scales and, if wanted, what rounding left, in 254ths of a step."""
    values, scales = quantize_rows(table)
    protos = [graphs.tensor(values, name), graphs.tensor(scales, f"{name}_scale")]
    if second_term:
        rest = np.rint((table.astype(np.float32) / scales[:, None] - values) * np.float32(_FINE)).astype(np.int8)
        protos.append(graphs.tensor(rest, f"{name}_rest"))
    return protos


def _lookup(
    gather: onnx.NodeProto, values: str, scales: str, columns: bool, rest: str | None = None
) -> list[onnx.NodeProto]:
    """Returns nodes for ``float(values[ids] + rest[ids] / 254) * scales[ids]``.

    Args:
        columns: the table is stored transposed.
        rest: the second term; None: there is none.
    """
    rows, indices, out = f"{gather.output[0]}_rows", gather.input[1], gather.output[0]
    name = gather.name or out
    nodes = [helper.make_node("Gather", [values, indices], [rows], name=f"{name}_quant", axis=int(columns))]
    if columns:  # [hidden, batch, length] -> [batch, length, hidden]
        transposed = f"{rows}_upright"
        nodes.append(helper.make_node("Transpose", [rows], [transposed], name=f"{name}_upright", perm=[1, 2, 0]))
        rows = transposed
    floats, axis = f"{rows}_float", f"{name}_last_axis"
    nodes.append(helper.make_node("Cast", [rows], [floats], name=f"{name}_float", to=onnx.TensorProto.FLOAT))
    if rest:
        nodes += _second_term(name, rest, indices, floats)
        floats = f"{floats}_both"
    return [
        *nodes,
        helper.make_node("Gather", [scales, indices], [f"{rows}_scale"], name=f"{name}_scale"),
        helper.make_node("Constant", [], [axis], name=axis, value=graphs.tensor(np.array([-1]), axis)),
        helper.make_node("Unsqueeze", [f"{rows}_scale", axis], [f"{rows}_scale_each"], name=f"{name}_scale_each"),
        helper.make_node("Mul", [floats, f"{rows}_scale_each"], [out], name=f"{name}_dequantized"),
    ]


def _second_term(name: str, rest: str, indices: str, floats: str) -> list[onnx.NodeProto]:
    """Returns nodes that add ``rest[indices] / 254`` to the first term, as ``<floats>_both``."""
    step, rows, fine = f"{name}_rest_step", f"{name}_rest", f"{name}_rest_float"
    return [
        helper.make_node("Gather", [rest, indices], [rows], name=rows, axis=0),
        helper.make_node("Cast", [rows], [fine], name=fine, to=onnx.TensorProto.FLOAT),
        helper.make_node("Constant", [], [step], name=step, value=graphs.tensor(np.array(1 / _FINE, np.float32), step)),
        helper.make_node("Mul", [fine, step], [f"{fine}_scaled"], name=f"{fine}_scaled"),
        helper.make_node("Add", [floats, f"{fine}_scaled"], [f"{floats}_both"], name=f"{floats}_both"),
    ]


def share_tied_weights(model: onnx.ModelProto) -> None:
    """Stores a tied table once in an unquantized graph: the output layer reads it transposed.

    onnxruntime transposes it once, when it loads the graph.
    """
    nodes = list(model.graph.node)
    for table, weight in tied_output_weights(model).items():
        transposed = f"{weight}_from_table"
        nodes.insert(0, helper.make_node("Transpose", [table], [transposed], name=transposed, perm=[1, 0]))
        for node in nodes:
            for index, name in enumerate(node.input):
                if name == weight:
                    node.input[index] = transposed
    graphs.replace_nodes(model, nodes)
    graphs.drop_unused_initializers(model)
