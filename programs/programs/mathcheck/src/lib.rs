//! Checks the linker's rewritten arithmetic against JavaScript's BigInt.
#![cfg_attr(not(test), no_std)]
use anchor_lang::prelude::*;
#[cfg(target_arch = "bpf")]
use solana_compiler_builtins as _;
#[cfg(target_arch = "bpf")]
pinocchio::nostd_panic_handler!();

declare_id!("5f1U9LVvQKDxgcebVetVve5b43fSo9BNiYJPrXr3htdg");

#[program]
pub mod mathcheck {
    use super::*;
    pub fn math(_ctx: &mut Context<Math>, a: u128, b: u128, n: u8) -> Result<()> {
        let s = (n & 127) as u32;
        let (x, y) = (a as u64, b as u64);
        let o = x.checked_mul(y);
        let p = a.checked_mul(b);
        let q = (x as i64).checked_mul(y as i64);
        let r = (a as i128).checked_mul(b as i128);
        emit!(Results {
            mul: a.wrapping_mul(b),
            div: if b == 0 { 0 } else { a / b },
            rem: if b == 0 { 0 } else { a % b },
            sdiv: (a as i128).checked_div(b as i128).unwrap_or(0),
            srem: (a as i128).checked_rem(b as i128).unwrap_or(0),
            shl: a << s,
            shr: a >> s,
            sar: (a as i128) >> s,
            add: a.wrapping_add(b),
            sub: a.wrapping_sub(b),
            mul64: o.unwrap_or(0),
            ok: (o.is_some() as u8) | (p.is_some() as u8) << 1 | (q.is_some() as u8) << 2 | (r.is_some() as u8) << 3,
            hi: ((x as u128 * y as u128) >> 64) as u64,
        });
        Ok(())
    }
}
#[derive(Accounts)]
pub struct Math {
    pub payer: Signer,
}
#[event]
pub struct Results {
    pub mul: u128,
    pub div: u128,
    pub rem: u128,
    pub sdiv: i128,
    pub srem: i128,
    pub shl: u128,
    pub shr: u128,
    pub sar: i128,
    pub add: u128,
    pub sub: u128,
    pub mul64: u64,
    pub ok: u8,
    pub hi: u64,
}
