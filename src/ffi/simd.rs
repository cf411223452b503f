//! Compiles plain loops for several instruction sets, and runs the widest that the processor supports.
//! The callers provide the loops.

/// A loop whose `run` is `#[inline(always)]`, and so is everything that it calls: code that is not inlined is compiled
/// for the oldest processor.
pub(crate) trait Kernel {
    /// `FUSED`: this processor multiplies and adds in one instruction, which elsewhere would be a call.
    fn run<const FUSED: bool>(self);
}

/// Run `kernel` with the widest registers of this processor.
pub(crate) fn on_widest(kernel: impl Kernel) {
    #[cfg(target_arch = "x86_64")]
    {
        // Processors with VBMI2 do not slow down for 512 bits, as those before them did.
        let wide = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma");
        if wide {
            // SAFETY: the processor has all that the function is compiled for.
            return unsafe { on_512_bits(kernel) };
        }
    }
    pulp::Arch::new().dispatch(PulpKernel(kernel));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,avx2,fma")]
fn on_512_bits(kernel: impl Kernel) {
    kernel.run::<true>();
}

/// A kernel for `pulp`, which knows all but AVX-512 in stable Rust.
struct PulpKernel<K>(K);

impl<K: Kernel> pulp::WithSimd for PulpKernel<K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        // All processors with wide registers that `pulp` knows multiply and add in one step.
        match S::F32_LANES > 1 {
            true => self.0.run::<true>(),
            false => self.0.run::<false>(),
        }
    }
}
