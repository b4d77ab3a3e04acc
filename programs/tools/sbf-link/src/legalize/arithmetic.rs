//! 128-bit multiplication, division and variable shifts, and multiplications that report overflow.
use std::ffi::CString;

use anyhow::{Result, bail};
use bpf_linker::llvm_sys::{LLVMIntPredicate::*, LLVMOpcode, LLVMTypeKind, core::*, prelude::*};

use super::ir::*;

/// Builds instructions in one module.
pub struct Gen {
    pub c: LLVMContextRef,
    pub b: LLVMBuilderRef,
    pub m: LLVMModuleRef,
}

impl Gen {
    pub unsafe fn int(&self, w: u32) -> LLVMTypeRef {
        unsafe { LLVMIntTypeInContext(self.c, w) }
    }

    /// Calls a `void (ptr, i128, i128)` builtin.
    unsafe fn call128(&self, f: V, func: &str, a: V, b: V) -> Result<V> {
        unsafe {
            let n = CString::new(func)?;
            let target = LLVMGetNamedFunction(self.m, n.as_ptr());
            if target.is_null() {
                bail!("{func} is not linked: the program needs `use solana_compiler_builtins as _;`");
            }
            // The temporary lives in the entry block.
            let tb = LLVMCreateBuilderInContext(self.c);
            let entry = LLVMGetEntryBasicBlock(f);
            LLVMPositionBuilderBefore(tb, LLVMGetFirstInstruction(entry));
            let i128t = self.int(128);
            let tmp = LLVMBuildAlloca(tb, i128t, N);
            LLVMSetAlignment(tmp, 8);
            LLVMDisposeBuilder(tb);
            let mut args = [tmp, a, b];
            LLVMBuildCall2(self.b, LLVMGlobalGetValueType(target), target, args.as_mut_ptr(), 3, N);
            let r = LLVMBuildLoad2(self.b, i128t, tmp, N);
            LLVMSetAlignment(r, 8);
            Ok(r)
        }
    }

    /// `(product, overflowed)`, unsigned, by a division.
    unsafe fn umulo(&self, a: V, b: V) -> (V, V) {
        unsafe {
            let t = LLVMTypeOf(a);
            let (zero, one) = (LLVMConstInt(t, 0, 0), LLVMConstInt(t, 1, 0));
            let p = LLVMBuildMul(self.b, a, b, N);
            let bz = LLVMBuildICmp(self.b, LLVMIntEQ, b, zero, N);
            let d = LLVMBuildSelect(self.b, bz, one, b, N);
            let q = LLVMBuildUDiv(self.b, p, d, N);
            let ne = LLVMBuildICmp(self.b, LLVMIntNE, q, a, N);
            let nz = LLVMBuildNot(self.b, bz, N);
            (p, LLVMBuildAnd(self.b, ne, nz, N))
        }
    }

    unsafe fn abs(&self, a: V) -> V {
        unsafe {
            let z = LLVMConstInt(LLVMTypeOf(a), 0, 0);
            let neg = LLVMBuildICmp(self.b, LLVMIntSLT, a, z, N);
            let m = LLVMBuildSub(self.b, z, a, N);
            LLVMBuildSelect(self.b, neg, m, a, N)
        }
    }

    unsafe fn smulo(&self, a: V, b: V) -> (V, V) {
        unsafe {
            let t = LLVMTypeOf(a);
            let w = LLVMGetIntTypeWidth(t);
            let z = LLVMConstInt(t, 0, 0);
            let (up, uo) = self.umulo(self.abs(a), self.abs(b));
            let x = LLVMBuildXor(self.b, a, b, N);
            let neg = LLVMBuildICmp(self.b, LLVMIntSLT, x, z, N);
            let min = LLVMBuildShl(self.b, LLVMConstInt(t, 1, 0), LLVMConstInt(t, (w - 1) as u64, 0), N);
            let max = LLVMBuildSub(self.b, min, LLVMConstInt(t, 1, 0), N);
            let lim = LLVMBuildSelect(self.b, neg, min, max, N);
            let over = LLVMBuildICmp(self.b, LLVMIntUGT, up, lim, N);
            let mp = LLVMBuildSub(self.b, z, up, N);
            (LLVMBuildSelect(self.b, neg, mp, up, N), LLVMBuildOr(self.b, uo, over, N))
        }
    }

    unsafe fn halves(&self, a: V) -> (V, V) {
        unsafe {
            let lo = LLVMBuildTrunc(self.b, a, self.int(64), N);
            let s = LLVMBuildLShr(self.b, a, LLVMConstInt(self.int(128), 64, 0), N);
            (lo, LLVMBuildTrunc(self.b, s, self.int(64), N))
        }
    }

    unsafe fn join(&self, lo: V, hi: V) -> V {
        unsafe {
            let t = self.int(128);
            let l = LLVMBuildZExt(self.b, lo, t, N);
            let h = LLVMBuildZExt(self.b, hi, t, N);
            let h = LLVMBuildShl(self.b, h, LLVMConstInt(t, 64, 0), N);
            LLVMBuildOr(self.b, l, h, N)
        }
    }

    /// A 128-bit shift by a variable amount, on halves.
    unsafe fn shift(&self, op: LLVMOpcode, a: V, amt: V) -> V {
        unsafe {
            let i64t = self.int(64);
            let k = |v| LLVMConstInt(i64t, v, 0);
            let (lo, hi) = self.halves(a);
            let n = LLVMBuildTrunc(self.b, amt, i64t, N);
            let s = LLVMBuildAnd(self.b, n, k(63), N);
            let big = LLVMBuildICmp(self.b, LLVMIntUGE, n, k(64), N);
            let sz = LLVMBuildICmp(self.b, LLVMIntEQ, s, k(0), N);
            let inv = LLVMBuildAnd(self.b, LLVMBuildSub(self.b, k(64), s, N), k(63), N);
            let sel = |c, x, y| LLVMBuildSelect(self.b, c, x, y, N);
            if op == LLVMOpcode::LLVMShl {
                let (l, h) = (LLVMBuildShl(self.b, lo, s, N), LLVMBuildShl(self.b, hi, s, N));
                let c = sel(sz, k(0), LLVMBuildLShr(self.b, lo, inv, N));
                let h = LLVMBuildOr(self.b, h, c, N);
                self.join(sel(big, k(0), l), sel(big, l, h))
            } else {
                let ar = op == LLVMOpcode::LLVMAShr;
                let h = if ar { LLVMBuildAShr(self.b, hi, s, N) } else { LLVMBuildLShr(self.b, hi, s, N) };
                let fill = if ar { LLVMBuildAShr(self.b, hi, k(63), N) } else { k(0) };
                let c = sel(sz, k(0), LLVMBuildShl(self.b, hi, inv, N));
                let l = LLVMBuildOr(self.b, LLVMBuildLShr(self.b, lo, s, N), c, N);
                self.join(sel(big, h, l), sel(big, fill, h))
            }
        }
    }

    unsafe fn replace(&self, old: V, new: V) {
        unsafe {
            LLVMReplaceAllUsesWith(old, new);
            LLVMInstructionEraseFromParent(old);
        }
    }
}

/// `*mul.with.overflow` becomes a multiplication and a division that checks it.
pub unsafe fn expand_overflowing_multiplications(g: &Gen) {
    let m = g.m;
    unsafe {
        for f in functions(m) {
            for i in instructions(f) {
                if LLVMGetInstructionOpcode(i) != LLVMOpcode::LLVMCall {
                    continue;
                }
                let n = name(LLVMGetCalledValue(i));
                let signed = match n.as_str() {
                    "llvm.umul.with.overflow.i64" | "llvm.umul.with.overflow.i128" => false,
                    "llvm.smul.with.overflow.i64" | "llvm.smul.with.overflow.i128" => true,
                    _ => continue,
                };
                LLVMPositionBuilderBefore(g.b, i);
                let (a, b) = (LLVMGetOperand(i, 0), LLVMGetOperand(i, 1));
                let (p, o) = if signed { g.smulo(a, b) } else { g.umulo(a, b) };
                let s = LLVMBuildInsertValue(g.b, LLVMGetUndef(LLVMTypeOf(i)), p, 0, N);
                let s = LLVMBuildInsertValue(g.b, s, o, 1, N);
                g.replace(i, s);
            }
        }
    }
}

/// 128-bit operations become calls of the compiler builtins, or operations on halves.
pub unsafe fn expand_128_bits(g: &Gen) -> Result<()> {
    let m = g.m;
    unsafe {
        for f in functions(m) {
            let own = name(f);
            for i in instructions(f) {
                let t = LLVMTypeOf(i);
                if LLVMGetTypeKind(t) != LLVMTypeKind::LLVMIntegerTypeKind || LLVMGetIntTypeWidth(t) != 128 {
                    continue;
                }
                let op = LLVMGetInstructionOpcode(i);
                let args = || (LLVMGetOperand(i, 0), LLVMGetOperand(i, 1));
                use LLVMOpcode::*;
                LLVMPositionBuilderBefore(g.b, i);
                let new = match op {
                    LLVMMul | LLVMUDiv | LLVMURem => {
                        let func = match op {
                            LLVMMul => "__multi3",
                            LLVMUDiv => "__udivti3",
                            _ => "__umodti3",
                        };
                        if func == own {
                            bail!("{own} would call itself");
                        }
                        let (a, b) = args();
                        g.call128(f, func, a, b)?
                    }
                    LLVMSDiv | LLVMSRem => {
                        let (a, b) = args();
                        let func = if op == LLVMSDiv { "__udivti3" } else { "__umodti3" };
                        let r = g.call128(f, func, g.abs(a), g.abs(b))?;
                        let z = LLVMConstInt(t, 0, 0);
                        let s = if op == LLVMSDiv { LLVMBuildXor(g.b, a, b, N) } else { a };
                        let neg = LLVMBuildICmp(g.b, LLVMIntSLT, s, z, N);
                        let mr = LLVMBuildSub(g.b, z, r, N);
                        LLVMBuildSelect(g.b, neg, mr, r, N)
                    }
                    LLVMShl | LLVMLShr | LLVMAShr if LLVMIsConstant(LLVMGetOperand(i, 1)) == 0 => {
                        let (a, b) = args();
                        g.shift(op, a, b)
                    }
                    _ => continue,
                };
                g.replace(i, new);
            }
        }
    }
    Ok(())
}
