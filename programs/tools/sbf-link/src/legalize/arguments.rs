//! Calling conventions: no `sret`, and at most five argument registers.
use anyhow::{Result, bail};
use bpf_linker::llvm_sys::{
    LLVMAttributeFunctionIndex, LLVMLinkage, LLVMOpcode, core::*, prelude::*, target_machine::LLVMTargetMachineRef,
};

use super::ir::*;

/// Drops `sret`: the pointer argument itself is fine.
pub unsafe fn drop_sret(m: LLVMModuleRef) {
    unsafe {
        let sret = attr_kind("sret");
        for f in functions(m) {
            for i in 0..LLVMCountParams(f) {
                LLVMRemoveEnumAttributeAtIndex(f, i + 1, sret);
            }
            for i in instructions(f) {
                if LLVMGetInstructionOpcode(i) == LLVMOpcode::LLVMCall {
                    for a in 0..LLVMGetNumArgOperands(i) {
                        LLVMRemoveCallSiteEnumAttribute(i, a + 1, sret);
                    }
                }
            }
        }
    }
}

/// Inlines every function that takes more than five registers; an error if one is left.
pub unsafe fn inline_wide_functions(c: LLVMContextRef, m: LLVMModuleRef, tm: LLVMTargetMachineRef) -> Result<()> {
    unsafe {
        let (noinline, optnone, always) = (attr_kind("noinline"), attr_kind("optnone"), attr_kind("alwaysinline"));
        let wide: Vec<V> =
            functions(m).into_iter().filter(|f| LLVMIsDeclaration(*f) == 0 && arg_regs(*f) > 5).collect();
        if !wide.is_empty() {
            for f in &wide {
                LLVMRemoveEnumAttributeAtIndex(*f, LLVMAttributeFunctionIndex, noinline);
                LLVMRemoveEnumAttributeAtIndex(*f, LLVMAttributeFunctionIndex, optnone);
                LLVMAddAttributeAtIndex(*f, LLVMAttributeFunctionIndex, LLVMCreateEnumAttribute(c, always, 0));
                LLVMSetLinkage(*f, LLVMLinkage::LLVMInternalLinkage);
                eprintln!("sbf-link: inlining {} ({} argument registers)", name(*f), arg_regs(*f));
            }
            for f in functions(m) {
                for i in instructions(f) {
                    if LLVMGetInstructionOpcode(i) == LLVMOpcode::LLVMCall && wide.contains(&LLVMGetCalledValue(i)) {
                        LLVMRemoveCallSiteEnumAttribute(i, LLVMAttributeFunctionIndex, noinline);
                    }
                }
            }
            run(
                m,
                tm,
                "always-inline,globaldce,function(sroa<modify-cfg>,early-cse,simplifycfg,instcombine<no-verify-fixpoint>,dse,adce)",
            )?;
            for f in functions(m) {
                if LLVMIsDeclaration(f) == 0 && arg_regs(f) > 5 {
                    bail!("{} takes more than five argument registers and could not be inlined", name(f));
                }
            }
        }
    }
    Ok(())
}
