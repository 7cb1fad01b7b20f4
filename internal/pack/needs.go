package main

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// wanted is something that the program uses where it is there.
type wanted struct {
	library string            // opened while it runs, or
	names   map[string]string // package by kind
	why     string
}

// recommended is installed with the packages unless somebody objects.
var recommended = []wanted{
	{library: "libpulse.so.0", why: "sound by PulseAudio or PipeWire"},
	{library: "libasound.so.2", why: "sound where neither runs"},
	{library: "libXcursor.so.1", why: "the desktop's own pointers"},
	{library: "libXrandr.so.2", why: "size and scale of monitors"},
	{library: "libXinerama.so.1", why: "several monitors"},
	{library: "libXi.so.6", why: "pointers' raw motion"},
	{library: "libXrender.so.1", why: "windows that let something through"},
	{library: "libXxf86vm.so.1", why: "gamma of monitors"},
	{library: "libX11-xcb.so.1", why: "Vulkan and keyboards of X"},
	{names: map[string]string{"deb": "xdg-utils", "rpm": "xdg-utils"}, why: "opens links of the chat in a browser"},
	{names: map[string]string{"deb": "desktop-file-utils", "rpm": "desktop-file-utils"}, why: "makes foyer: links open the program"},
	{names: map[string]string{"deb": "fonts-noto-core", "rpm": "google-noto-sans-devanagari-fonts"}, why: "Hindi"},
	{names: map[string]string{"deb": "fonts-noto-cjk", "rpm": "google-noto-sans-cjk-fonts"}, why: "Chinese and Japanese"},
}

// suggested are alternatives of which any will do.
var suggested = []wanted{
	{names: map[string]string{"deb": "gnome-keyring", "rpm": "gnome-keyring"}, why: "keeps codes and keys; any other secret service does too"},
}

// needs is what a package of a kind says about others.
type needs struct{ depends, recommends, suggests []string }

// computeNeeds reads the binary: what it is linked with it depends on.
func computeNeeds(ctx context.Context, b binary, kind string) (needs, error) {
	var (
		n   needs
		err error
	)
	if kind == "deb" {
		n.depends, err = debDepends(ctx, b.path)
	} else {
		n.depends, err = rpmRequires(b.path)
	}
	if err != nil {
		return n, fmt.Errorf("find out what the program needs: %w", err)
	}
	text, err := os.ReadFile(b.path)
	if err != nil {
		return n, err
	}
	for _, w := range recommended {
		name := w.names[kind]
		if w.library != "" {
			if !bytes.Contains(text, []byte(w.library+"\x00")) && !bytes.Contains(text, []byte(strings.TrimRight(w.library, ".0123456789")+"\x00")) {
				return n, fmt.Errorf("%s (%s) is not named in the program any more", w.library, w.why)
			}
			if name = w.library + "()(64bit)"; kind == "deb" {
				if name, err = debOwner(ctx, w.library); err != nil {
					return n, err
				}
			}
		}
		if !slices.Contains(n.recommends, name) {
			n.recommends = append(n.recommends, name)
		}
	}
	for _, w := range suggested {
		n.suggests = append(n.suggests, w.names[kind])
	}
	return n, nil
}

// debDepends asks dpkg-shlibdeps, which knows the version that each symbol came with.
func debDepends(ctx context.Context, path string) ([]string, error) {
	// It wants to stand beside the control file of a source package.
	tree, err := os.MkdirTemp("", "foyer-shlibdeps-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tree)
	if err := os.Mkdir(filepath.Join(tree, "debian"), 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(tree, "debian", "control"), []byte("Source: s\n\nPackage: p\nArchitecture: any\n"), 0o644); err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, "dpkg-shlibdeps", "-O", "-e"+path)
	c.Dir = tree
	var out bytes.Buffer
	c.Stdout = &out
	if err := say(c); err != nil {
		return nil, err
	}
	_, list, ok := strings.Cut(strings.TrimSpace(out.String()), "shlibs:Depends=")
	if !ok {
		return nil, fmt.Errorf("dpkg-shlibdeps printed %q", out.String())
	}
	return strings.Split(list, ", "), nil
}

// debOwner is the package that a library comes from here.
func debOwner(ctx context.Context, library string) (string, error) {
	line, err := output(ctx, "dpkg-query", "-S", "*/"+library)
	if err != nil {
		return "", fmt.Errorf("find the package of %s: %w", library, err)
	}
	name, _, _ := strings.Cut(line, ":")
	return name, nil
}

// rpmRequires is each library by its name and the versions of its symbols, as
// rpm's own generator writes them. 64-bit only.
func rpmRequires(path string) ([]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	libraries, err := f.ImportedLibraries()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, l := range libraries {
		if !strings.HasPrefix(l, "ld-linux") {
			names = append(names, l+"()(64bit)")
		}
	}
	versions, err := f.DynamicVersionNeeds()
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		for _, need := range v.Needs {
			if !strings.HasPrefix(v.Name, "ld-linux") {
				names = append(names, v.Name+"("+need.Dep+")(64bit)")
			}
		}
	}
	slices.Sort(names)
	return names, nil
}
