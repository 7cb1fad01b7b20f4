package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// licenceFile is what licences, and what must stay with them, are kept in.
var licenceFile = regexp.MustCompile(`(?i)^([a-z0-9_-]+-)?(licen[cs]es?|copying|notice|patents|unlicense)([-._].*)?$`)

// licences are the terms of every module whose code is in the program, and of Go
// itself, as one text: each text once, after the names of those it holds for. A
// module without any is an error.
func licences(ctx context.Context) ([]byte, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Dir,Standard,Module", ".").Output()
	if err != nil {
		return nil, fmt.Errorf("list what is in the program: %w", err)
	}
	type module struct {
		Path, Version, Dir string
		Main               bool
	}
	type text struct {
		body  string
		names []string
	}
	var (
		texts  []*text
		bodies = map[string]*text{}
		asked  = map[string]bool{} // folders
		found  = map[string]bool{} // modules, by folder
	)
	take := func(folder, name string) (bool, error) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return false, err
		}
		any := false
		for _, e := range entries {
			if !e.Type().IsRegular() || !licenceFile.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			b, err := os.ReadFile(filepath.Join(folder, e.Name()))
			if err != nil {
				return false, err
			}
			any = true
			body := strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n"))
			t := bodies[body]
			if t == nil {
				t = &text{body: body}
				bodies[body], texts = t, append(texts, t)
			}
			if n := name + " (" + e.Name() + ")"; !slices.Contains(t.names, n) {
				t.names = append(t.names, n)
			}
		}
		return any, nil
	}
	root, err := output(ctx, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	if ok, err := take(root, "Go and its standard library"); err != nil || !ok {
		return nil, fmt.Errorf("licence of Go: %w", errors.Join(err, os.ErrNotExist))
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir      string
			Standard bool
			Module   *module
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("list what is in the program: %w", err)
		}
		if p.Standard || p.Module == nil || p.Module.Main {
			continue
		}
		m := *p.Module
		if _, seen := found[m.Dir]; !seen {
			found[m.Dir] = false
		}
		// From the package's folder up to the module's: foreign code has its own.
		for folder := p.Dir; ; folder = filepath.Dir(folder) {
			if !asked[folder] {
				asked[folder] = true
				rel, err := filepath.Rel(m.Dir, folder)
				if err != nil || strings.HasPrefix(rel, "..") {
					return nil, fmt.Errorf("%s lies outside its module %s", p.Dir, m.Dir)
				}
				ok, err := take(folder, filepath.ToSlash(filepath.Join(m.Path, rel))+" "+m.Version)
				if err != nil {
					return nil, fmt.Errorf("licence of %s: %w", m.Path, err)
				}
				found[m.Dir] = found[m.Dir] || ok
			}
			if folder == m.Dir {
				break
			}
		}
	}
	for folder, ok := range found {
		if !ok {
			return nil, fmt.Errorf("no licence in %s", folder)
		}
	}
	slices.SortFunc(texts, func(a, b *text) int { return strings.Compare(a.names[0], b.names[0]) })
	var b bytes.Buffer
	for _, t := range texts {
		slices.Sort(t.names)
		for _, n := range t.names {
			fmt.Fprintf(&b, "== %s\n", n)
		}
		fmt.Fprintf(&b, "\n%s\n\n\n", t.body)
	}
	return b.Bytes(), nil
}
