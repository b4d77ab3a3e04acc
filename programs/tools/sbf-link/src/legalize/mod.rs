//! Rewrites, in the linked module, what LLVM 22's BPF back end refuses (LLVM 23 takes it):
//!   * `sret`, and functions whose arguments take more than five registers (`arguments`)
//!   * 128-bit multiplication, division and variable shifts, and `*mul.with.overflow` (`arithmetic`)
//!   * memory intrinsics that would become library calls (`memory`)
//!
//! What it cannot rewrite is a link error, never a wrong program; the `mathcheck` program tests the arithmetic.
mod arguments;
mod arithmetic;
mod ir;
mod memory;

use std::{ffi::CStr, path::Path, ptr};

use anyhow::{Context as _, Result, bail};
use bpf_linker::llvm_sys::{LLVMLinkage, analysis::*, bit_reader::*, core::*, prelude::*, target_machine::*};

use arithmetic::Gen;
use ir::{functions, name, run};

/// Functions that the rewriting may call, and that nothing outside the program needs.
const BUILTINS: [&str; 8] = ["__multi3", "__udivti3", "__umodti3", "memcpy", "memmove", "memset", "memcmp", "bcmp"];

/// An object file of the module in `bitcode`; with `keep`, also writes the rewritten IR there as text.
pub fn to_object(bitcode: &[u8], keep: Option<&Path>) -> Result<Vec<u8>> {
    unsafe {
        let c = LLVMContextCreate();
        let mut errors: Vec<String> = vec![];
        LLVMContextSetDiagnosticHandler(c, Some(diagnostic), (&raw mut errors).cast());
        let buf = LLVMCreateMemoryBufferWithMemoryRange(bitcode.as_ptr().cast(), bitcode.len(), c"in".as_ptr(), 0);
        let mut m = ptr::null_mut();
        if LLVMParseBitcodeInContext2(c, buf, &mut m) != 0 {
            bail!("bad bitcode: {errors:?}");
        }
        let (mut target, mut e) = (ptr::null_mut(), ptr::null_mut());
        let triple = LLVMGetTarget(m);
        if LLVMGetTargetFromTriple(triple, &mut target, &mut e) != 0 {
            bail!("no BPF target");
        }
        let tm = LLVMCreateTargetMachine(
            target,
            triple,
            c"v2".as_ptr(),
            c"+allows-misaligned-mem-access".as_ptr(),
            LLVMCodeGenOptLevel::LLVMCodeGenLevelAggressive,
            LLVMRelocMode::LLVMRelocStatic,
            LLVMCodeModel::LLVMCodeModelDefault,
        );
        transform(c, m, tm)?;
        if let Some(k) = keep {
            let p = std::ffi::CString::new(k.with_extension("ll").to_str().context("a path that is not UTF-8")?)?;
            LLVMPrintModuleToFile(m, p.as_ptr(), &mut e);
        }
        if LLVMVerifyModule(m, LLVMVerifierFailureAction::LLVMReturnStatusAction, &mut e) != 0 {
            bail!("bad module: {}", CStr::from_ptr(e).to_string_lossy());
        }
        let mut out = ptr::null_mut();
        if LLVMTargetMachineEmitToMemoryBuffer(tm, m, LLVMCodeGenFileType::LLVMObjectFile, &mut e, &mut out) != 0 {
            bail!("codegen: {}", CStr::from_ptr(e).to_string_lossy());
        }
        if !errors.is_empty() {
            bail!("codegen:\n{}", errors.join("\n"));
        }
        Ok(std::slice::from_raw_parts(LLVMGetBufferStart(out).cast(), LLVMGetBufferSize(out)).to_vec())
    }
}

unsafe fn transform(c: LLVMContextRef, m: LLVMModuleRef, tm: LLVMTargetMachineRef) -> Result<()> {
    unsafe {
        arguments::drop_sret(m);
        arguments::inline_wide_functions(c, m, tm)?;
        let g = Gen { c, b: LLVMCreateBuilderInContext(c), m };
        arithmetic::expand_overflowing_multiplications(&g);
        arithmetic::expand_128_bits(&g)?;
        memory::call_memory_builtins(&g)?;
        LLVMDisposeBuilder(g.b);
        // Unused builtins go; nothing here may re-form what was just expanded.
        for f in functions(m) {
            if LLVMIsDeclaration(f) == 0 && BUILTINS.contains(&name(f).as_str()) {
                LLVMSetLinkage(f, LLVMLinkage::LLVMInternalLinkage);
            }
        }
        run(m, tm, "globaldce")
    }
}

extern "C" fn diagnostic(d: LLVMDiagnosticInfoRef, errors: *mut std::ffi::c_void) {
    unsafe {
        if LLVMGetDiagInfoSeverity(d) == bpf_linker::llvm_sys::LLVMDiagnosticSeverity::LLVMDSError {
            let s = LLVMGetDiagInfoDescription(d);
            (*errors.cast::<Vec<String>>()).push(CStr::from_ptr(s).to_string_lossy().into_owned());
        }
    }
}
