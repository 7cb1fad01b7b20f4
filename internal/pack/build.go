package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// binary is the program, its symbols beside it, and the terms of what is in it.
type binary struct {
	path  string
	debug string
	terms []byte
}

// build compiles with what Debian's hardening asks for: code that can lie
// anywhere, tables of functions that are read-only, checked buffers and stacks.
// No path of this machine goes into it. Where a build is given, that is taken.
func build(ctx context.Context, p Product, work, built string) (binary, error) {
	terms, err := licences(ctx)
	if err != nil {
		return binary{}, err
	}
	b := binary{path: filepath.Join(work, p.Command), debug: filepath.Join(work, p.stem()+".debug"), terms: terms}
	if built != "" {
		if err := say(exec.CommandContext(ctx, "cp", built, b.path)); err != nil {
			return binary{}, fmt.Errorf("take the build: %w", err)
		}
		return b, b.divide(ctx)
	}
	cache, err := output(ctx, "go", "env", "GOMODCACHE")
	if err != nil {
		return binary{}, err
	}
	here, err := os.Getwd()
	if err != nil {
		return binary{}, err
	}
	compile := strings.Join([]string{"-O2", "-g", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2", "-Wformat", "-Werror=format-security",
		"-ffile-prefix-map=" + cache + "=/mod", "-ffile-prefix-map=" + here + "=/" + p.Command}, " ")
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-buildmode=pie",
		"-ldflags=-buildid= -linkmode=external -extldflags '-Wl,-z,relro,-z,now -Wl,--build-id=sha1'", "-o", b.path, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=1", "CGO_CFLAGS="+compile, "CGO_CXXFLAGS="+compile, "CGO_LDFLAGS=-O2 -Wl,-z,relro -Wl,-z,now")
	if err := say(c); err != nil {
		return binary{}, fmt.Errorf("build: %w", err)
	}
	return b, b.divide(ctx)
}

// divide keeps the symbols aside.
func (b binary) divide(ctx context.Context) error {
	for _, args := range [][]string{
		{"objcopy", "--only-keep-debug", "--compress-debug-sections", b.path, b.debug},
		{"strip", "--strip-all", "--remove-section=.comment", b.path},
		{"objcopy", "--add-gnu-debuglink=" + b.debug, b.path},
	} {
		if err := say(exec.CommandContext(ctx, args[0], args[1:]...)); err != nil {
			return fmt.Errorf("keep the symbols aside: %w", err)
		}
	}
	return nil
}

// say runs a command whose words are for whoever started this program.
func say(c *exec.Cmd) error {
	if c.Stdout == nil {
		c.Stdout = os.Stderr
	}
	c.Stderr = os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w", c.Args[0], err)
	}
	return nil
}
