//! The totals tree of `protocol/credits/totals.ts`, and its place in the state root.
use crate::{merkle, Bytes32};

/// Hash of the leaf `"weft-tot" ‖ payee ‖ lifetime total`.
pub fn leaf(payee: &Bytes32, total: u64) -> Bytes32 {
    merkle::leaf_hash(&[b"weft-tot", payee, &total.to_le_bytes()])
}

/// State root = node(totals root, node(jobs root, meta leaf)); `rest` is that second node.
pub fn state_root(totals_root: &Bytes32, rest: &Bytes32) -> Bytes32 {
    merkle::node_hash(totals_root, rest)
}

/// Hash of the leaf `"weft-job" ‖ canonical job record`.
pub fn job_leaf(record: &[u8]) -> Bytes32 {
    merkle::leaf_hash(&[b"weft-job", record, &[]])
}
