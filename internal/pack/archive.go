package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

const fyneTools = "fyne.io/tools/cmd/fyne@v1.7.4"

// archive is Fyne's own package: a .tar.xz with a Makefile that installs it.
func archive(ctx context.Context, p Product, b binary, work string) ([]string, error) {
	// Fyne's tool counts builds up in the FyneApp.toml that it reads: it gets its own.
	source := tree{filepath.Join(work, "source")}
	for _, file := range []string{"FyneApp.toml", p.Icon, "go.mod", "main.go"} {
		if err := source.copy(file, file, 0o644); err != nil {
			return nil, err
		}
	}
	folder := filepath.Join(work, "archive")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, "go", "run", fyneTools, "package", "--release", "--os", "linux", "--executable", b.path, "--source-dir", source.root)
	c.Dir = folder
	// Its tar shall write the same each time.
	c.Env = append(os.Environ(), "GOFLAGS=", "TAR_OPTIONS=--sort=name --mode=u=rwX,go=rX --owner=0 --group=0 --numeric-owner --mtime=@"+strconv.FormatInt(p.Date.Unix(), 10))
	if err := say(c); err != nil {
		return nil, err
	}
	made := filepath.Join(work, p.stem()+".tar.xz")
	return []string{made}, os.Rename(filepath.Join(folder, p.Name+".tar.xz"), made)
}
