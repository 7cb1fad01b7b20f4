package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Recipes that cannot be filled in name what FyneApp.toml names, and no version.
func TestRecipesFollowFyneApp(t *testing.T) {
	t.Chdir("../..")
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	t.Setenv("DEBEMAIL", "nobody@example.org")
	p, err := readProduct(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	flatpak := "packaging/untested/flatpak/" + p.ID + ".yaml"
	for file, words := range map[string][]string{
		flatpak:                          {"\nid: " + p.ID + "\n", "\ncommand: " + p.Command + "\n"},
		"packaging/untested/windows.yml": {p.Name + ".exe", fyneTools + " package"},
		"packaging/untested/macos.yml":   {p.Name + ".app", fyneTools + " package"},
	} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not say %q", file, w)
			}
		}
		if strings.Contains(text, p.Version) {
			t.Errorf("%s names the version %s", file, p.Version)
		}
	}
	out := t.TempDir()
	if err := run(t.Context(), out, "", []string{desktopOnly}); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"applications/" + p.ID + ".desktop", "metainfo/" + p.ID + ".metainfo.xml", "icons/hicolor/scalable/apps/" + p.ID + ".svg", "icons/hicolor/256x256/apps/" + p.ID + ".png"} {
		if info, err := os.Stat(filepath.Join(out, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
}
