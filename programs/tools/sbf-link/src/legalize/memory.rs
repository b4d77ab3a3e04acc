//! Memory intrinsics that the back end would turn into calls of functions that nobody links.
use std::{cmp::Ordering, ffi::CString};

use anyhow::{Result, bail};
use bpf_linker::llvm_sys::{LLVMOpcode, core::*, prelude::*};

use super::{arithmetic::Gen, ir::*};

/// Constant sizes up to this many bytes are copied by loads and stores.
const INLINE_MEM: u64 = 64;

/// `memcpy`, `memmove` and `memset` of unknown or large size become calls of the linked builtins.
pub unsafe fn call_memory_builtins(g: &Gen) -> Result<()> {
    let m = g.m;
    unsafe {
        for f in functions(m) {
            for i in instructions(f) {
                if LLVMGetInstructionOpcode(i) != LLVMOpcode::LLVMCall {
                    continue;
                }
                let n = name(LLVMGetCalledValue(i));
                let Some(func) =
                    ["memcpy", "memmove", "memset"].into_iter().find(|k| n.starts_with(&format!("llvm.{k}.")))
                else {
                    continue;
                };
                let len = LLVMGetOperand(i, 2);
                if !LLVMIsAConstantInt(len).is_null() && LLVMConstIntGetZExtValue(len) <= INLINE_MEM {
                    continue;
                }
                let target = LLVMGetNamedFunction(m, CString::new(func)?.as_ptr());
                if target.is_null() || LLVMIsDeclaration(target) != 0 {
                    bail!("{func} is not linked");
                }
                if target == f {
                    bail!("{func} would call itself");
                }
                LLVMPositionBuilderBefore(g.b, i);
                let i64t = g.int(64);
                let len = zext_or_trunc(g.b, len, i64t);
                let mut second = LLVMGetOperand(i, 1);
                if func == "memset" {
                    second = LLVMBuildZExt(g.b, second, LLVMTypeOf(LLVMGetParam(target, 1)), N);
                }
                let mut args = [LLVMGetOperand(i, 0), second, len];
                LLVMBuildCall2(g.b, LLVMGlobalGetValueType(target), target, args.as_mut_ptr(), 3, N);
                LLVMInstructionEraseFromParent(i);
            }
        }
    }
    Ok(())
}

unsafe fn zext_or_trunc(b: LLVMBuilderRef, v: V, t: LLVMTypeRef) -> V {
    unsafe {
        let (from, to) = (LLVMGetIntTypeWidth(LLVMTypeOf(v)), LLVMGetIntTypeWidth(t));
        match from.cmp(&to) {
            Ordering::Less => LLVMBuildZExt(b, v, t, N),
            Ordering::Equal => v,
            Ordering::Greater => LLVMBuildTrunc(b, v, t, N),
        }
    }
}
