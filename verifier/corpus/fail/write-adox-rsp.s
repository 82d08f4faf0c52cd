# rule: stack-pointer
	adoxq %rax, %rsp
	ud2
