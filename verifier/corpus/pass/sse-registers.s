	addps %xmm0, %xmm1
	addpd %xmm0, %xmm1
	addss %xmm0, %xmm1
	addsd %xmm0, %xmm1
	addsubps %xmm0, %xmm1
	addsubpd %xmm0, %xmm1
	subps %xmm0, %xmm1
	mulsd %xmm0, %xmm1
	divss %xmm0, %xmm1
	divpd %xmm0, %xmm1
	sqrtps %xmm0, %xmm1
	sqrtsd %xmm0, %xmm1
	maxps %xmm0, %xmm1
	minsd %xmm0, %xmm1
	haddps %xmm0, %xmm1
	hsubpd %xmm0, %xmm1
	rcpps %xmm0, %xmm1
	rcpss %xmm0, %xmm1
	rsqrtps %xmm0, %xmm1
	rsqrtss %xmm0, %xmm1
	andps %xmm0, %xmm1
	andnpd %xmm0, %xmm1
	orps %xmm0, %xmm1
	xorpd %xmm0, %xmm1
	comiss %xmm0, %xmm1
	comisd %xmm0, %xmm1
	ucomiss %xmm0, %xmm1
	ucomisd %xmm0, %xmm1
	cvtdq2pd %xmm0, %xmm1
	cvtdq2ps %xmm0, %xmm1
	cvtpd2dq %xmm0, %xmm1
	cvtpd2ps %xmm0, %xmm1
	cvtps2dq %xmm0, %xmm1
	cvtps2pd %xmm0, %xmm1
	cvtsd2ss %xmm0, %xmm1
	cvtss2sd %xmm0, %xmm1
	cvttpd2dq %xmm0, %xmm1
	cvttps2dq %xmm0, %xmm1
	movddup %xmm0, %xmm1
	movshdup %xmm0, %xmm1
	movsldup %xmm0, %xmm1
	unpckhps %xmm0, %xmm1
	unpcklpd %xmm0, %xmm1
	movdqa %xmm0, %xmm1
	movdqu %xmm0, %xmm1
	movaps %xmm0, %xmm1
	movapd %xmm0, %xmm1
	movups %xmm0, %xmm1
	movupd %xmm0, %xmm1
	pabsb %xmm0, %xmm1
	pabsd %xmm0, %xmm1
	packssdw %xmm0, %xmm1
	packuswb %xmm0, %xmm1
	paddb %xmm0, %xmm1
	paddq %xmm0, %xmm1
	paddusw %xmm0, %xmm1
	psubd %xmm0, %xmm1
	pand %xmm0, %xmm1
	pandn %xmm0, %xmm1
	por %xmm0, %xmm1
	pxor %xmm0, %xmm1
	pavgb %xmm0, %xmm1
	pavgw %xmm0, %xmm1
	pcmpeqb %xmm0, %xmm1
	pcmpeqd %xmm0, %xmm1
	pcmpgtw %xmm0, %xmm1
	phaddd %xmm0, %xmm1
	phsubsw %xmm0, %xmm1
	pmaddubsw %xmm0, %xmm1
	pmaddwd %xmm0, %xmm1
	pmaxsw %xmm0, %xmm1
	pmaxub %xmm0, %xmm1
	pminsw %xmm0, %xmm1
	pmulhrsw %xmm0, %xmm1
	pmulhuw %xmm0, %xmm1
	pmullw %xmm0, %xmm1
	pmuludq %xmm0, %xmm1
	psadbw %xmm0, %xmm1
	pshufb %xmm0, %xmm1
	psignb %xmm0, %xmm1
	pslld %xmm0, %xmm1
	psraw %xmm0, %xmm1
	psrlq %xmm0, %xmm1
	punpckhbw %xmm0, %xmm1
	punpcklqdq %xmm0, %xmm1
	packusdw %xmm0, %xmm1
	pcmpeqq %xmm0, %xmm1
	pcmpgtq %xmm0, %xmm1
	phminposuw %xmm0, %xmm1
	pmaxsb %xmm0, %xmm1
	pmaxud %xmm0, %xmm1
	pminuw %xmm0, %xmm1
	pmovsxbd %xmm0, %xmm1
	pmovzxwq %xmm0, %xmm1
	pmuldq %xmm0, %xmm1
	pmulld %xmm0, %xmm1
	ptest %xmm0, %xmm1
	blendvps %xmm0, %xmm1
	pblendvb %xmm0, %xmm1
	aesenc %xmm0, %xmm1
	aesdeclast %xmm0, %xmm1
	aesimc %xmm0, %xmm1
	sha1msg1 %xmm0, %xmm1
	sha1nexte %xmm0, %xmm1
	sha256msg2 %xmm0, %xmm1
	sha256rnds2 %xmm0, %xmm1
	cmpltps %xmm0, %xmm1
	shufps $1, %xmm0, %xmm1
	pshufd $1, %xmm0, %xmm1
	pshuflw $1, %xmm0, %xmm1
	palignr $1, %xmm0, %xmm1
	pextrw $1, %xmm0, %eax
	pinsrw $1, %eax, %xmm0
	pmovmskb %xmm0, %eax
	movmskps %xmm0, %eax
	movd %eax, %xmm0
	movq %rax, %xmm0
	movd %xmm0, %eax
	movq %xmm0, %rax
	movq %xmm0, %xmm1
	movhlps %xmm0, %xmm1
	movlhps %xmm0, %xmm1
	movss %xmm0, %xmm1
	movsd %xmm0, %xmm1
	cmpneqsd %xmm0, %xmm1
	pslldq $1, %xmm0
	psrldq $1, %xmm0
	cvtsi2sdq %rax, %xmm0
	cvtsi2ssl %eax, %xmm0
	cvttss2siq %xmm0, %rax
	cvtsd2sil %xmm0, %eax
	blendps $1, %xmm0, %xmm1
	dpps $1, %xmm0, %xmm1
	insertps $1, %xmm0, %xmm1
	extractps $1, %xmm0, %eax
	mpsadbw $1, %xmm0, %xmm1
	pblendw $1, %xmm0, %xmm1
	pcmpestri $1, %xmm0, %xmm1
	pcmpistrm $1, %xmm0, %xmm1
	pextrb $1, %xmm0, %eax
	pextrd $1, %xmm0, %eax
	pinsrq $1, %rax, %xmm0
	roundsd $1, %xmm0, %xmm1
	pclmulqdq $1, %xmm0, %xmm1
	aeskeygenassist $1, %xmm0, %xmm1
	sha1rnds4 $1, %xmm0, %xmm1
	ud2
