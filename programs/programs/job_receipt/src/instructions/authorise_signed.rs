use super::authorise::raise;
use crate::ReceiptError;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use registry_state::Network;
use weft_core::{authorisation::Authorisation, ed25519};

#[derive(Accounts)]
pub struct AuthoriseSigned {
    #[account(address = account.network @ ReceiptError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(mut)]
    pub account: BorshAccount<CreditAccount>,
    pub instructions: Sysvar<SysvarInstructions>,
}

impl AuthoriseSigned {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let before = weft_chain::precompile_before(&accounts.instructions).ok_or(ReceiptError::NoCertificate)?;
        let signed = ed25519::signed(before.get_instruction_data(), 0).ok_or(ReceiptError::OffsetsElsewhere)?;
        require!(signed.key == accounts.account.owner.as_array(), ReceiptError::NotOwner);
        let authorisation = Authorisation::parse(signed.message).ok_or(ReceiptError::NotAnAuthorisation)?;
        require!(*authorisation.domain() == accounts.network.domain, ReceiptError::WrongDomain);
        require!(authorisation.account() == accounts.account.key.as_array(), ReceiptError::WrongAccount);
        raise(&mut accounts.account, authorisation.limit())
    }
}
