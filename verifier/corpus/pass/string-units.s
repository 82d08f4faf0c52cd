	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	movsb
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	stosb
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	lodsb
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	rep movsb
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	rep stosb
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	rep lodsb
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	cmpsb
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	scasb
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	repe cmpsb
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	repe scasb
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	repne cmpsb
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	repne scasb
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	movsw
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	stosw
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	lodsw
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	rep movsw
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	rep stosw
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	rep lodsw
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	cmpsw
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	scasw
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	repe cmpsw
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	repe scasw
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	repne cmpsw
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	repne scasw
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	movsl
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	stosl
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	lodsl
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	rep movsl
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	rep stosl
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	rep lodsl
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	cmpsl
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	scasl
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	repe cmpsl
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	repe scasl
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	repne cmpsl
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	repne scasl
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	movsq
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	stosq
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	lodsq
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	rep movsq
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	rep stosq
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	rep lodsq
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	cmpsq
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	scasq
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	repe cmpsq
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	repe scasq
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	repne cmpsq
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	repne scasq
	ud2
