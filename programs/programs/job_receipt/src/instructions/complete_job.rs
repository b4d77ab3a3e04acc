use crate::{JobCompleted, ReceiptError};
use alloc::vec::Vec;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use weft_core::{merkle, totals};

/// The way from a job record to the state root: node(totals root, node(jobs root, meta leaf)).
#[derive(AnchorSerialize, AnchorDeserialize, IdlType)]
pub struct JobProof {
    pub index: u32,
    pub size: u32,
    pub path: Vec<[u8; 32]>,
    pub meta_leaf: [u8; 32],
    pub totals_root: [u8; 32],
}

#[derive(Accounts)]
pub struct CompleteJob {
    pub account: BorshAccount<CreditAccount>,
}

impl CompleteJob {
    pub fn run(ctx: &mut Context<Self>, record: &[u8], proof: &JobProof) -> Result<()> {
        let account = &ctx.accounts.account;
        let jobs_root = merkle::root_from_proof(totals::job_leaf(record), proof.index, proof.size, &proof.path)
            .ok_or(ReceiptError::NotInState)?;
        let rest = merkle::node_hash(&jobs_root, &proof.meta_leaf);
        require!(totals::state_root(&proof.totals_root, &rest) == account.state_root, ReceiptError::NotInState);
        emit!(JobCompleted { account: *account.address(), height: account.height, record: record.to_vec() });
        Ok(())
    }
}
