//! The rules of `protocol/README.md` that the programs check, as plain functions: no accounts, no clock, no tokens.
//! The vectors in `test/vectors/` tie them to the TypeScript side; `cargo test -p weft_core` reads the same files.
#![cfg_attr(not(test), no_std)]

pub mod amounts;
pub mod authorisation;
pub mod draw;
pub mod ed25519;
pub mod header;
pub mod merkle;
pub mod totals;

#[cfg(test)]
mod vectors;

/// 32 bytes: a key, a hash, a domain.
pub type Bytes32 = [u8; 32];

/// SHA-256 of the concatenation of `parts`.
pub fn sha256(parts: &[&[u8]]) -> Bytes32 {
    solana_sha256_hasher::hashv(parts).to_bytes()
}

/// The 32 bytes that tie every signature to one network (named by the hash of its id) and one deployment of the programs.
pub fn network_domain(id_hash: &Bytes32, program_id: &Bytes32) -> Bytes32 {
    sha256(&[b"weft/domain/1", id_hash, program_id])
}

/// What the headers of a one-job account carry: it names the network, the wallet that pays, and the job.
pub fn job_account_key(domain: &Bytes32, owner: &Bytes32, job: &Bytes32) -> Bytes32 {
    sha256(&[b"weft/job-account/1", domain, owner, job])
}

/// Little-endian u64 at `at`; `bytes` must reach that far.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut raw = [0u8; 8];
    raw.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(raw)
}

/// 32 bytes at `at`; `bytes` must reach that far.
pub(crate) fn bytes32_at(bytes: &[u8], at: usize) -> &Bytes32 {
    bytes[at..at + 32].try_into().expect("32 bytes")
}
