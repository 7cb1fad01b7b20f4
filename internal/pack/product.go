package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Product is what FyneApp.toml says, which is the one place for it, and what the
// last commit and this machine add.
type Product struct {
	Name        string // for people: Foyer
	Command     string // for a shell, and of packages: foyer
	ID          string // reverse domain name
	Version     string
	Icon        string // path of the largest
	GenericName string
	Comment     string
	Categories  []string
	Keywords    []string
	ExecParams  string

	Date       time.Time // of the last commit, or $SOURCE_DATE_EPOCH
	Maintainer string    // NAME <ADDRESS>
	Release    string    // of the packages; names the system they are for
}

func readProduct(ctx context.Context) (Product, error) {
	var f struct {
		Details     struct{ Icon, Name, ID, Version string }
		LinuxAndBSD struct {
			GenericName, Comment, ExecParams string
			Categories, Keywords             []string
		}
	}
	if _, err := toml.DecodeFile("FyneApp.toml", &f); err != nil {
		return Product{}, fmt.Errorf("read FyneApp.toml: %w", err)
	}
	p := Product{
		Name: f.Details.Name, Command: strings.ToLower(f.Details.Name), ID: f.Details.ID, Version: f.Details.Version,
		Icon: f.Details.Icon, GenericName: f.LinuxAndBSD.GenericName, Comment: f.LinuxAndBSD.Comment,
		Categories: f.LinuxAndBSD.Categories, Keywords: f.LinuxAndBSD.Keywords, ExecParams: strings.TrimSpace(f.LinuxAndBSD.ExecParams),
	}
	if p.Name == "" || p.ID == "" || p.Version == "" || p.Icon == "" {
		return Product{}, errors.New("FyneApp.toml lacks a name, an ID, a version or an icon")
	}
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		var err error
		if epoch, err = output(ctx, "git", "log", "-1", "--format=%ct"); err != nil {
			return Product{}, fmt.Errorf("find the date of the last commit: %w", err)
		}
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return Product{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	p.Date = time.Unix(seconds, 0).UTC()
	// Everything started from here takes it from there: manual pages, nfpm, tar.
	if err := os.Setenv("SOURCE_DATE_EPOCH", epoch); err != nil {
		return Product{}, err
	}
	// Debian's own variable for who makes a package.
	address := os.Getenv("DEBEMAIL")
	if address == "" {
		if address, err = output(ctx, "git", "log", "-1", "--format=%ae"); err != nil {
			return Product{}, fmt.Errorf("find who maintains the packages (set DEBEMAIL): %w", err)
		}
	}
	p.Maintainer = p.Name + " developers <" + address + ">"
	p.Release, err = release()
	return p, err
}

// release is 1 and the system that the binary's libraries come from: +deb12 sorts
// before +deb13, so an upgraded system takes the newer one.
func release() (string, error) {
	b, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "", fmt.Errorf("find out which system this is: %w", err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(b)) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		fields[k] = strings.Trim(v, `"'`)
	}
	id := fields["ID"]
	if id == "debian" {
		id = "deb"
	}
	return "1+" + id + fields["VERSION_ID"], nil
}

// full is the version with the release.
func (p Product) full() string { return p.Version + "-" + p.Release }

// stem begins the names of files for this version, system and processor.
func (p Product) stem() string { return p.Command + "_" + p.full() + "_" + runtime.GOARCH }

// icons are the icons of each size, by the folder that the icon theme
// specification gives them: 64x64, scalable.
func (p Product) icons() (map[string]string, error) {
	folder := filepath.Dir(p.Icon)
	found, err := filepath.Glob(filepath.Join(folder, p.Command+"-*.png"))
	if err != nil {
		return nil, err
	}
	icons := map[string]string{}
	for _, path := range found {
		size := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), p.Command+"-"), ".png")
		icons[size+"x"+size] = path
	}
	icons["scalable"] = filepath.Join(folder, p.Command+".svg")
	return icons, nil
}

// output is what a command prints.
func output(ctx context.Context, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	b, err := c.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(exit.Stderr)))
		}
		return "", err
	}
	return strings.TrimSpace(string(b)), nil
}
