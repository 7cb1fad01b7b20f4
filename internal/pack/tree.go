package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"
)

// tree is a folder that holds what a package puts below /.
type tree struct{ root string }

func (t tree) path(at string) string { return filepath.Join(t.root, at) }

// write puts a text somewhere. A name that ends in .gz is compressed.
func (t tree) write(at string, body []byte, mode fs.FileMode) error {
	if strings.HasSuffix(at, ".gz") {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression) // no name, no time
		if err != nil {
			return err
		}
		_, err = z.Write(body)
		if err := errors.Join(err, z.Close()); err != nil {
			return err
		}
		body = b.Bytes()
	}
	if err := os.MkdirAll(filepath.Dir(t.path(at)), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(t.path(at), body, mode); err != nil {
		return err
	}
	return os.Chmod(t.path(at), mode) // whatever the umask
}

func (t tree) copy(at, from string, mode fs.FileMode) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return t.write(at, b, mode)
}

// fill puts a template from packaging/ somewhere, with the product in it.
func (t tree) fill(at, from string, p Product, mode fs.FileMode) error {
	b, err := filled(from, p)
	if err != nil {
		return err
	}
	return t.write(at, b, mode)
}

func filled(from string, p Product) ([]byte, error) {
	from = filepath.Join("packaging", from)
	tpl, err := template.New(filepath.Base(from)).Funcs(template.FuncMap{"join": strings.Join}).ParseFiles(from)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := tpl.Execute(&b, p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// files are the paths below the root, in order.
func (t tree) files() ([]string, error) {
	var list []string
	err := filepath.WalkDir(t.root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, strings.TrimPrefix(path, t.root))
		}
		return err
	})
	return list, err
}

// shared puts down what every way to install has: the program, what the desktop
// shows of it, manual pages and licences.
func (t tree) shared(ctx context.Context, p Product, b binary) error {
	if err := t.copy("/usr/bin/"+p.Command, b.path, 0o755); err != nil {
		return err
	}
	if err := (tree{t.path("/usr/share")}).desktop(p); err != nil {
		return err
	}
	if err := t.manual(ctx, b); err != nil {
		return err
	}
	doc := "/usr/share/doc/" + p.Command
	return errors.Join(
		t.write(doc+"/third-party-licences.txt.gz", b.terms, 0o644),
		t.copy(doc+"/changelog.gz", "CHANGELOG.md", 0o644),
	)
}

// desktop puts down what a desktop shows of the program, below a folder like /usr/share.
func (t tree) desktop(p Product) error {
	icons, err := p.icons()
	if err != nil {
		return err
	}
	for size, from := range icons {
		if err := t.copy("/icons/hicolor/"+size+"/apps/"+p.ID+filepath.Ext(from), from, 0o644); err != nil {
			return err
		}
	}
	return errors.Join(
		t.fill("/applications/"+p.ID+".desktop", "linux/desktop", p, 0o644),
		t.fill("/metainfo/"+p.ID+".metainfo.xml", "linux/metainfo.xml", p, 0o644),
	)
}

// manual asks the program for its manual pages.
func (t tree) manual(ctx context.Context, b binary) error {
	pages, err := os.MkdirTemp("", "foyer-man-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(pages)
	if err := say(exec.CommandContext(ctx, b.path, "man", pages)); err != nil {
		return fmt.Errorf("write the manual: %w", err)
	}
	list, err := os.ReadDir(pages)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := t.copy("/usr/share/man/man1/"+e.Name()+".gz", filepath.Join(pages, e.Name()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// completions are for three shells; zsh looks elsewhere on each system.
func (t tree) completions(ctx context.Context, p Product, b binary, kind string) error {
	zsh := "/usr/share/zsh/site-functions/_"
	if kind == "deb" {
		zsh = "/usr/share/zsh/vendor-completions/_"
	}
	for shell, at := range map[string]string{
		"bash": "/usr/share/bash-completion/completions/" + p.Command,
		"zsh":  zsh + p.Command,
		"fish": "/usr/share/fish/vendor_completions.d/" + p.Command + ".fish",
	} {
		text, err := exec.CommandContext(ctx, b.path, "completion", shell).Output()
		if err != nil {
			return fmt.Errorf("write the completion for %s: %w", shell, err)
		}
		if err := t.write(at, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// debian adds what Debian's policy asks for.
func (t tree) debian(p Product, name, copyright string) error {
	doc := "/usr/share/doc/" + name
	entry := fmt.Sprintf("%s (%s) unstable; urgency=medium\n\n  * Version %s: see changelog.gz of %s.\n\n -- %s  %s\n",
		name, p.full(), p.Version, p.Command, p.Maintainer, p.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	return errors.Join(
		t.fill(doc+"/copyright", copyright, p, 0o644),
		t.write(doc+"/changelog.Debian.gz", []byte(entry), 0o644),
	)
}
