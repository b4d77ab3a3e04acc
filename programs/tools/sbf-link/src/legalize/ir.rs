//! Walking and naming LLVM IR through its C interface.
//!
//! Safety, here and in the sibling files: every value belongs to the one module and context that `to_object` owns, and no
//! list of instructions outlives a change that erases one of them other than the current.
use std::ffi::{CStr, CString};

use anyhow::{Result, bail};
use bpf_linker::llvm_sys::{
    LLVMTypeKind, core::*, error::*, prelude::*, target_machine::LLVMTargetMachineRef, transforms::pass_builder::*,
};

pub type V = LLVMValueRef;
/// An empty name: LLVM numbers the value.
pub const N: *const i8 = c"".as_ptr();

pub unsafe fn attr_kind(name: &str) -> u32 {
    unsafe { LLVMGetEnumAttributeKindForName(name.as_ptr().cast(), name.len()) }
}

pub unsafe fn functions(m: LLVMModuleRef) -> Vec<V> {
    let mut v = vec![];
    let mut f = unsafe { LLVMGetFirstFunction(m) };
    while !f.is_null() {
        v.push(f);
        f = unsafe { LLVMGetNextFunction(f) };
    }
    v
}

pub unsafe fn instructions(f: V) -> Vec<V> {
    let mut v = vec![];
    unsafe {
        let mut b = LLVMGetFirstBasicBlock(f);
        while !b.is_null() {
            let mut i = LLVMGetFirstInstruction(b);
            while !i.is_null() {
                v.push(i);
                i = LLVMGetNextInstruction(i);
            }
            b = LLVMGetNextBasicBlock(b);
        }
    }
    v
}

pub unsafe fn name(v: V) -> String {
    let mut n = 0;
    unsafe {
        let p = LLVMGetValueName2(v, &mut n);
        String::from_utf8_lossy(std::slice::from_raw_parts(p.cast(), n)).into_owned()
    }
}

pub unsafe fn regs(t: LLVMTypeRef) -> u32 {
    unsafe {
        match LLVMGetTypeKind(t) {
            LLVMTypeKind::LLVMIntegerTypeKind => LLVMGetIntTypeWidth(t).div_ceil(64),
            _ => 1,
        }
    }
}

pub unsafe fn arg_regs(f: V) -> u32 {
    unsafe { (0..LLVMCountParams(f)).map(|i| regs(LLVMTypeOf(LLVMGetParam(f, i)))).sum() }
}

pub unsafe fn run(m: LLVMModuleRef, tm: LLVMTargetMachineRef, passes: &str) -> Result<()> {
    let p = CString::new(passes)?;
    unsafe {
        let o = LLVMCreatePassBuilderOptions();
        let e = LLVMRunPasses(m, p.as_ptr(), tm, o);
        LLVMDisposePassBuilderOptions(o);
        if !e.is_null() {
            let s = LLVMGetErrorMessage(e);
            bail!("{passes}: {}", CStr::from_ptr(s).to_string_lossy());
        }
    }
    Ok(())
}
