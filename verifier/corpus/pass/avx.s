	vaddps %ymm0, %ymm1, %ymm2
	vaddpd %ymm0, %ymm1, %ymm2
	vsubps %ymm0, %ymm1, %ymm2
	vmulpd %ymm0, %ymm1, %ymm2
	vdivps %ymm0, %ymm1, %ymm2
	vmaxps %ymm0, %ymm1, %ymm2
	vminpd %ymm0, %ymm1, %ymm2
	vandps %ymm0, %ymm1, %ymm2
	vxorpd %ymm0, %ymm1, %ymm2
	vunpcklps %ymm0, %ymm1, %ymm2
	vhaddps %ymm0, %ymm1, %ymm2
	vpaddb %ymm0, %ymm1, %ymm2
	vpaddq %ymm0, %ymm1, %ymm2
	vpsubw %ymm0, %ymm1, %ymm2
	vpand %ymm0, %ymm1, %ymm2
	vpor %ymm0, %ymm1, %ymm2
	vpxor %ymm0, %ymm1, %ymm2
	vpavgb %ymm0, %ymm1, %ymm2
	vpcmpeqb %ymm0, %ymm1, %ymm2
	vpcmpgtq %ymm0, %ymm1, %ymm2
	vphaddd %ymm0, %ymm1, %ymm2
	vpmaddwd %ymm0, %ymm1, %ymm2
	vpmaxsb %ymm0, %ymm1, %ymm2
	vpminud %ymm0, %ymm1, %ymm2
	vpmulld %ymm0, %ymm1, %ymm2
	vpmullw %ymm0, %ymm1, %ymm2
	vpsadbw %ymm0, %ymm1, %ymm2
	vpshufb %ymm0, %ymm1, %ymm2
	vpsignd %ymm0, %ymm1, %ymm2
	vpunpckhbw %ymm0, %ymm1, %ymm2
	vpackusdw %ymm0, %ymm1, %ymm2
	vfmadd132ps %ymm0, %ymm1, %ymm2
	vfmadd213pd %ymm0, %ymm1, %ymm2
	vfmadd231ps %ymm0, %ymm1, %ymm2
	vfmsub231ps %ymm0, %ymm1, %ymm2
	vfnmadd231pd %ymm0, %ymm1, %ymm2
	vfnmsub132ps %ymm0, %ymm1, %ymm2
	vfmaddsub213ps %ymm0, %ymm1, %ymm2
	vfmsubadd231pd %ymm0, %ymm1, %ymm2
	vpsllvd %ymm0, %ymm1, %ymm2
	vpsllvq %ymm0, %ymm1, %ymm2
	vpsravd %ymm0, %ymm1, %ymm2
	vpsrlvq %ymm0, %ymm1, %ymm2
	vpermd %ymm0, %ymm1, %ymm2
	vpermps %ymm0, %ymm1, %ymm2
	vaddps (%r14,%r11), %ymm1, %ymm2
	vaddpd (%r14,%r11), %ymm1, %ymm2
	vsubps (%r14,%r11), %ymm1, %ymm2
	vmulpd (%r14,%r11), %ymm1, %ymm2
	vdivps (%r14,%r11), %ymm1, %ymm2
	vmaxps (%r14,%r11), %ymm1, %ymm2
	vminpd (%r14,%r11), %ymm1, %ymm2
	vandps (%r14,%r11), %ymm1, %ymm2
	vxorpd (%r14,%r11), %ymm1, %ymm2
	vunpcklps (%r14,%r11), %ymm1, %ymm2
	vhaddps (%r14,%r11), %ymm1, %ymm2
	vpaddb (%r14,%r11), %ymm1, %ymm2
	vpaddq (%r14,%r11), %ymm1, %ymm2
	vpsubw (%r14,%r11), %ymm1, %ymm2
	vpand (%r14,%r11), %ymm1, %ymm2
	vpor (%r14,%r11), %ymm1, %ymm2
	vpxor (%r14,%r11), %ymm1, %ymm2
	vpavgb (%r14,%r11), %ymm1, %ymm2
	vpcmpeqb (%r14,%r11), %ymm1, %ymm2
	vpcmpgtq (%r14,%r11), %ymm1, %ymm2
	vphaddd (%r14,%r11), %ymm1, %ymm2
	vpmaddwd (%r14,%r11), %ymm1, %ymm2
	vpmaxsb (%r14,%r11), %ymm1, %ymm2
	vpminud (%r14,%r11), %ymm1, %ymm2
	vpmulld (%r14,%r11), %ymm1, %ymm2
	vpmullw (%r14,%r11), %ymm1, %ymm2
	vpsadbw (%r14,%r11), %ymm1, %ymm2
	vpshufb (%r14,%r11), %ymm1, %ymm2
	vpsignd (%r14,%r11), %ymm1, %ymm2
	vpunpckhbw (%r14,%r11), %ymm1, %ymm2
	vpackusdw (%r14,%r11), %ymm1, %ymm2
	vfmadd132ps (%r14,%r11), %ymm1, %ymm2
	vfmadd213pd (%r14,%r11), %ymm1, %ymm2
	vfmadd231ps (%r14,%r11), %ymm1, %ymm2
	vfmsub231ps (%r14,%r11), %ymm1, %ymm2
	vfnmadd231pd (%r14,%r11), %ymm1, %ymm2
	vfnmsub132ps (%r14,%r11), %ymm1, %ymm2
	vfmaddsub213ps (%r14,%r11), %ymm1, %ymm2
	vfmsubadd231pd (%r14,%r11), %ymm1, %ymm2
	vpsllvd (%r14,%r11), %ymm1, %ymm2
	vpsllvq (%r14,%r11), %ymm1, %ymm2
	vpsravd (%r14,%r11), %ymm1, %ymm2
	vpsrlvq (%r14,%r11), %ymm1, %ymm2
	vpermd (%r14,%r11), %ymm1, %ymm2
	vpermps (%r14,%r11), %ymm1, %ymm2
	vmovdqa (%r14,%r11), %ymm8
	vmovdqu %ymm9, (%r14,%r13)
	vmovups 32(%rip), %ymm0
	vbroadcastss (%r14,%r11), %ymm0
	vbroadcastsd %xmm0, %ymm1
	vbroadcasti128 (%r14,%r11), %ymm0
	vbroadcastf128 (%r14,%r11), %ymm0
	vpbroadcastb %xmm0, %ymm0
	vpbroadcastq (%r14,%r11), %ymm0
	vextracti128 $1, %ymm0, %xmm1
	vextractf128 $1, %ymm0, (%r14,%r11)
	vinserti128 $1, (%r14,%r11), %ymm0, %ymm1
	vinsertf128 $1, %xmm0, %ymm0, %ymm1
	vperm2f128 $1, %ymm0, %ymm1, %ymm2
	vperm2i128 $1, %ymm0, %ymm1, %ymm2
	vpermq $1, %ymm0, %ymm1
	vpermpd $1, %ymm0, %ymm1
	vpermilps $1, %ymm0, %ymm1
	vpermilpd %ymm0, %ymm1, %ymm2
	vpblendd $1, %ymm0, %ymm1, %ymm2
	vblendvps %ymm0, %ymm1, %ymm2, %ymm3
	vpblendvb %ymm0, %ymm1, %ymm2, %ymm3
	vmaskmovps (%r14,%r11), %ymm0, %ymm1
	vpmaskmovq %ymm0, %ymm1, (%r14,%r11)
	vtestps %ymm0, %ymm1
	vptest %ymm0, %ymm1
	vzeroupper
	vzeroall
	vcvtph2ps %xmm0, %ymm1
	vcvtps2ph $1, %ymm0, (%r14,%r11)
	vpmovmskb %ymm0, %eax
	vmovmskpd %ymm0, %eax
	vmovq %rax, %xmm0
	vmovd %xmm0, %eax
	vpextrd $1, %xmm0, %eax
	vpinsrb $1, (%r14,%r11), %xmm0, %xmm1
	vcvtsi2sd %rax, %xmm0, %xmm1
	vcvttsd2si %xmm0, %rax
	vpslldq $1, %ymm0, %ymm1
	vpsrlq $3, %ymm0, %ymm1
	vpalignr $1, %ymm0, %ymm1, %ymm2
	vshufps $1, %ymm0, %ymm1, %ymm2
	vroundps $1, %ymm0, %ymm1
	vpclmulqdq $1, %ymm0, %ymm1, %ymm2
	vaesenc %ymm0, %ymm1, %ymm2
	vaesdec (%r14,%r11), %ymm1, %ymm2
	vaesimc %xmm0, %xmm1
	vfmadd231sd (%r14,%r11), %xmm0, %xmm1
	vfnmsub213ss %xmm0, %xmm1, %xmm2
	vmovntdq %ymm0, (%r14,%r11)
	vmovntdqa (%r14,%r11), %ymm0
	vlddqu (%r14,%r11), %ymm0
	vcmpps $3, %ymm0, %ymm1, %ymm2
	vmovss %xmm0, %xmm1, %xmm2
	vmovsd (%r14,%r11), %xmm0
	vmovhps (%r14,%r11), %xmm0, %xmm1
	vpcmpistri $1, %xmm0, %xmm1
	vpmovsxbw %xmm0, %ymm1
	vpmovzxdq (%r14,%r11), %ymm1
	vmpsadbw $1, %ymm0, %ymm1, %ymm2
	vdpps $1, %ymm0, %ymm1, %ymm2
	ud2
