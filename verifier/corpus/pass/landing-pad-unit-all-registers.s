	movl %eax, %eax
	movl $0x05e1f00d, %r11d
	addl (%r14,%rax), %r11d
	jne 9f
	addq %r14, %rax
	call *%rax
	movl %eax, %eax
	movl $0x05e1f00d, %r11d
	addl (%r14,%rax), %r11d
	jne 9f
	addq %r14, %rax
	jmp *%rax
	movl %ecx, %ecx
	movl $0x05e1f00d, %r11d
	addl (%r14,%rcx), %r11d
	jne 9f
	addq %r14, %rcx
	call *%rcx
	movl %ecx, %ecx
	movl $0x05e1f00d, %r11d
	addl (%r14,%rcx), %r11d
	jne 9f
	addq %r14, %rcx
	jmp *%rcx
	movl %edx, %edx
	movl $0x05e1f00d, %r11d
	addl (%r14,%rdx), %r11d
	jne 9f
	addq %r14, %rdx
	call *%rdx
	movl %edx, %edx
	movl $0x05e1f00d, %r11d
	addl (%r14,%rdx), %r11d
	jne 9f
	addq %r14, %rdx
	jmp *%rdx
	movl %ebx, %ebx
	movl $0x05e1f00d, %r11d
	addl (%r14,%rbx), %r11d
	jne 9f
	addq %r14, %rbx
	call *%rbx
	movl %ebx, %ebx
	movl $0x05e1f00d, %r11d
	addl (%r14,%rbx), %r11d
	jne 9f
	addq %r14, %rbx
	jmp *%rbx
	movl %ebp, %ebp
	movl $0x05e1f00d, %r11d
	addl (%r14,%rbp), %r11d
	jne 9f
	addq %r14, %rbp
	call *%rbp
	movl %ebp, %ebp
	movl $0x05e1f00d, %r11d
	addl (%r14,%rbp), %r11d
	jne 9f
	addq %r14, %rbp
	jmp *%rbp
	movl %esi, %esi
	movl $0x05e1f00d, %r11d
	addl (%r14,%rsi), %r11d
	jne 9f
	addq %r14, %rsi
	call *%rsi
	movl %esi, %esi
	movl $0x05e1f00d, %r11d
	addl (%r14,%rsi), %r11d
	jne 9f
	addq %r14, %rsi
	jmp *%rsi
	movl %edi, %edi
	movl $0x05e1f00d, %r11d
	addl (%r14,%rdi), %r11d
	jne 9f
	addq %r14, %rdi
	call *%rdi
	movl %edi, %edi
	movl $0x05e1f00d, %r11d
	addl (%r14,%rdi), %r11d
	jne 9f
	addq %r14, %rdi
	jmp *%rdi
	movl %r8d, %r8d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r8), %r11d
	jne 9f
	addq %r14, %r8
	call *%r8
	movl %r8d, %r8d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r8), %r11d
	jne 9f
	addq %r14, %r8
	jmp *%r8
	movl %r9d, %r9d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r9), %r11d
	jne 9f
	addq %r14, %r9
	call *%r9
	movl %r9d, %r9d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r9), %r11d
	jne 9f
	addq %r14, %r9
	jmp *%r9
	movl %r10d, %r10d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r10), %r11d
	jne 9f
	addq %r14, %r10
	call *%r10
	movl %r10d, %r10d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r10), %r11d
	jne 9f
	addq %r14, %r10
	jmp *%r10
	movl %r12d, %r12d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r12), %r11d
	jne 9f
	addq %r14, %r12
	call *%r12
	movl %r12d, %r12d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r12), %r11d
	jne 9f
	addq %r14, %r12
	jmp *%r12
9:
	ud2
