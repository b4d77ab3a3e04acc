use crate::{NodeSlashed, RegistryError};
use anchor_lang::prelude::*;
use registry_state::{Network, Node};
use weft_core::{ed25519, header::Header};

/// Permissionless: the evidence speaks for itself. It is the precompile instruction right before this one.
#[derive(Accounts)]
pub struct Slash {
    #[account(mut)]
    pub network: BorshAccount<Network>,
    #[account(
        mut,
        constraint = node.network == *network.address() @ RegistryError::WrongNetwork,
        constraint = !node.slashed @ RegistryError::Slashed,
    )]
    pub node: BorshAccount<Node>,
    pub instructions: Sysvar<SysvarInstructions>,
}

impl Slash {
    /// Both headers must be of one epoch: after a forced epoch the next committee decides the same heights again, and an
    /// honest peer may sit in both.
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let evidence = weft_chain::precompile_before(&accounts.instructions).ok_or(RegistryError::NoEvidence)?;
        let data = evidence.get_instruction_data();
        require!(ed25519::count(data) == 2, RegistryError::NotTwoSignatures);
        let peer = accounts.node.peer.as_array();
        let a = signed_header(data, 0, peer, &accounts.network.domain)?;
        let b = signed_header(data, 1, peer, &accounts.network.domain)?;
        let same_place = a.account() == b.account() && a.epoch() == b.epoch() && a.height() == b.height();
        require!(same_place && a.bytes() != b.bytes(), RegistryError::NoConflict);

        let node = &mut accounts.node;
        let amount = node.staked.checked_add(node.unbonding).ok_or(RegistryError::Overflow)?;
        node.staked = 0;
        node.unbonding = 0;
        node.slashed = true;
        accounts.network.slashed = accounts.network.slashed.checked_add(amount).ok_or(RegistryError::Overflow)?;
        emit!(NodeSlashed {
            network: node.network,
            peer: node.peer,
            account: Address::new_from_array(*a.account()),
            height: a.height(),
            amount,
        });
        Ok(())
    }
}

fn signed_header<'a>(data: &'a [u8], index: usize, peer: &[u8; 32], domain: &[u8; 32]) -> Result<Header<'a>> {
    let signed = ed25519::signed(data, index).ok_or(RegistryError::OffsetsElsewhere)?;
    require!(signed.key == peer, RegistryError::NotThePeer);
    let header = Header::parse(signed.message).ok_or(RegistryError::NotAHeader)?;
    require!(header.domain() == domain, RegistryError::WrongDomain);
    Ok(header)
}
