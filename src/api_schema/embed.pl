# Prints assembly that embeds each file as api_<name>_data, with its size in api_<name>_size; a NUL
# follows the bytes, so that a text can also be read as a C string.
use strict;
use warnings;

print "\t.section .rodata\n";
for my $file (@ARGV) {
	my ($name) = $file =~ m{([^/]+)$};
	$name =~ s/[^A-Za-z0-9]/_/g;
	print <<"ASM";
	.balign 8
	.globl api_${name}_data
	.type api_${name}_data, \@object
api_${name}_data:
	.incbin "$file"
.L${name}_end:
	.byte 0
	.size api_${name}_data, . - api_${name}_data
	.balign 8
	.globl api_${name}_size
	.type api_${name}_size, \@object
api_${name}_size:
	.quad .L${name}_end - api_${name}_data
	.size api_${name}_size, 8
ASM
}
print "\t.section .note.GNU-stack,\"\",\@progbits\n";
