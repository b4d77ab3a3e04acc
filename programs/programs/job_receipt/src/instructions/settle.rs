use crate::{ReceiptError, Settled};
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use registry_state::{Committee, Network};
use weft_core::{ed25519, header::Header};

/// Permissionless: the certificate speaks for itself. It is the precompile instruction right before this one.
#[derive(Accounts)]
pub struct Settle {
    #[account(address = account.network @ ReceiptError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(
        constraint = committee.network == account.network @ ReceiptError::WrongCommittee,
        constraint = committee.account == account.key @ ReceiptError::WrongCommittee,
        constraint = committee.epoch == account.epoch @ ReceiptError::WrongCommittee,
    )]
    pub committee: BorshAccount<Committee>,
    #[account(mut)]
    pub account: BorshAccount<CreditAccount>,
    pub instructions: Sysvar<SysvarInstructions>,
}

impl Settle {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let before = weft_chain::precompile_before(&accounts.instructions).ok_or(ReceiptError::NoCertificate)?;
        let header = certified(before.get_instruction_data(), &accounts.committee)?;
        require!(*header.domain() == accounts.network.domain, ReceiptError::WrongDomain);
        apply(&mut accounts.account, &header)?;
        if header.sealed() {
            let unknown_epoch = accounts.network.unknown_epoch(weft_chain::now()?.slot);
            accounts.account.epoch = accounts.account.epoch_after(accounts.network.epoch, unknown_epoch);
        }
        emit!(Settled {
            account: *accounts.account.address(),
            epoch: header.epoch(),
            height: header.height(),
            spent: header.spent(),
            sealed: header.sealed(),
        });
        Ok(())
    }
}

/// The one message that at least q different witnesses of `committee` signed.
fn certified<'a>(data: &'a [u8], committee: &Committee) -> Result<Header<'a>> {
    let first = ed25519::signed(data, 0).ok_or(ReceiptError::OffsetsElsewhere)?;
    let witnesses = &committee.witnesses[..committee.n as usize];
    let mut seen = 0u8;
    for index in 0..ed25519::count(data) {
        let signed = ed25519::signed(data, index).ok_or(ReceiptError::OffsetsElsewhere)?;
        let same = signed.message_at == first.message_at && signed.message.len() == first.message.len();
        require!(same, ReceiptError::DifferentMessages);
        let witness = witnesses.iter().position(|witness| witness.as_array() == signed.key);
        let bit = 1u8 << witness.ok_or(ReceiptError::NotAWitness)?;
        require!(seen & bit == 0, ReceiptError::DuplicateSigner);
        seen |= bit;
    }
    require!(seen.count_ones() >= committee.q as u32, ReceiptError::TooFewSignatures);
    Header::parse(first.message).ok_or(ReceiptError::NotAHeader.into())
}

fn apply(account: &mut CreditAccount, header: &Header) -> Result<()> {
    require!(header.account() == account.key.as_array(), ReceiptError::WrongAccount);
    require!(header.epoch() == account.epoch, ReceiptError::WrongEpoch);
    require!(header.height() > account.height, ReceiptError::HeightNotRising);
    require!(header.time_ms() >= account.time_ms, ReceiptError::TimeFalls);
    require!(header.spent() >= account.spent, ReceiptError::SpentFalls);
    require!(header.last_seq() >= account.last_seq, ReceiptError::SequenceFalls);
    let held = account.deposited.checked_sub(account.withdrawn).ok_or(ReceiptError::Overflow)?;
    require!(header.spent() <= held, ReceiptError::BeyondDeposits);
    require!(header.spent() <= account.authorised, ReceiptError::BeyondAuthorisation);
    account.height = header.height();
    account.time_ms = header.time_ms();
    account.spent = header.spent();
    account.last_seq = header.last_seq();
    account.state_root = *header.state_root();
    account.force_since_slot = 0;
    Ok(())
}
