package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"gopkg.in/yaml.v3"
)

// nfpm writes packages. Newer versions need a module that cannot be had everywhere.
const nfpm = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2"

// definition is what nfpm is told; see its documentation of nfpm.yaml.
type definition struct {
	Name        string            `yaml:"name"`
	Arch        string            `yaml:"arch"`
	Version     string            `yaml:"version"`
	Schema      string            `yaml:"version_schema"`
	Release     string            `yaml:"release"`
	Section     string            `yaml:"section,omitempty"`
	Priority    string            `yaml:"priority,omitempty"`
	Maintainer  string            `yaml:"maintainer"`
	Description string            `yaml:"description"`
	License     string            `yaml:"license"`
	MTime       string            `yaml:"mtime"`
	Umask       int               `yaml:"umask"`
	Globbing    bool              `yaml:"disable_globbing"`
	Depends     []string          `yaml:"depends,omitempty"`
	Recommends  []string          `yaml:"recommends,omitempty"`
	Suggests    []string          `yaml:"suggests,omitempty"`
	Contents    []content         `yaml:"contents"`
	Scripts     map[string]string `yaml:"scripts,omitempty"`
	Deb         map[string]string `yaml:"deb,omitempty"`
	RPM         map[string]string `yaml:"rpm,omitempty"`
}

type content struct {
	From string `yaml:"src,omitempty"`
	To   string `yaml:"dst"`
	Type string `yaml:"type,omitempty"`
	Info struct {
		Mode  uint32 `yaml:"mode"`
		Owner string `yaml:"owner"`
		Group string `yaml:"group"`
	} `yaml:"file_info"`
}

// packages makes the two packages of a kind: the program, and the service.
func packages(ctx context.Context, p Product, b binary, kind, work string) ([]string, error) {
	if _, err := exec.LookPath("dpkg-shlibdeps"); kind == "deb" && err != nil {
		fmt.Fprintln(os.Stderr, "pack: no .deb: dpkg-shlibdeps, which finds out what it depends on, is of Debian and its kin")
		return nil, nil
	}
	n, err := computeNeeds(ctx, b, kind)
	if err != nil {
		return nil, err
	}
	program := tree{filepath.Join(work, kind, p.Command)}
	err = errors.Join(program.shared(ctx, p, b), program.completions(ctx, p, b, kind))
	if kind == "deb" {
		err = errors.Join(err, program.debian(p, p.Command, "linux/copyright"))
	} else {
		err = errors.Join(err, program.copy("/usr/share/licenses/"+p.Command+"/LICENSE", "LICENSE", 0o644))
	}
	if err != nil {
		return nil, err
	}
	d := p.define(p.Command, p.Comment+`
Lobby with camera preview, meetings with sound, pictures, shared screens and
chat, end-to-end encryption where a link carries a key. The same program is a
meeting server when asked to be, and joins LiveKit servers and clusters.`)
	d.Section = "net"
	d.Depends, d.Recommends, d.Suggests = n.depends, n.recommends, n.suggests
	if kind == "deb" {
		d.Recommends = append(d.Recommends, "hicolor-icon-theme")
	} else {
		d.Depends = append(d.Depends, "hicolor-icon-theme")
	}
	made, err := nfpmMake(ctx, d, program, kind, work)
	if err != nil {
		return nil, err
	}

	name := p.Command + "-server"
	service := tree{filepath.Join(work, kind, name)}
	units := "/usr/lib/systemd/system/"
	if kind == "deb" {
		units = "/lib/systemd/system/" // as Debian 12 has it
	}
	err = errors.Join(
		service.fill(units+name+".service", "server/service", p, 0o644),
		service.fill("/usr/lib/sysusers.d/"+name+".conf", "server/sysusers.conf", p, 0o644),
		service.fill("/etc/"+p.Command+"/server.yaml", "server/server.yaml", p, 0o640),
	)
	d = p.define(name, "Meeting server of "+p.Name+`, as a service
Runs "`+p.Command+` serve" under a user of its own: rooms, invites and roles
in front of a LiveKit server in the same process, or of a cluster.`)
	d.Section = "net"
	// Of any release: the service is the same for each system.
	d.Depends = []string{p.Command + " (= " + p.full() + ")", "systemd | systemd-standalone-sysusers | systemd-sysusers"}
	if kind == "rpm" {
		d.Depends = []string{p.Command + " = " + p.full(), "systemd"}
	} else {
		err = errors.Join(err, service.debian(p, name, "linux/copyright"),
			service.fill("/usr/share/lintian/overrides/"+name, "server/lintian-overrides", p, 0o644))
	}
	d.Scripts = map[string]string{}
	for step, script := range map[string]string{"preinstall": "preinst", "postinstall": "postinst", "preremove": "prerm", "postremove": "postrm"} {
		from := filepath.Join("server", kind, script)
		if _, statErr := os.Stat(filepath.Join("packaging", from)); errors.Is(statErr, fs.ErrNotExist) {
			continue
		}
		scripts := tree{filepath.Join(work, kind, "scripts")}
		err = errors.Join(err, scripts.fill(script, from, p, 0o755))
		d.Scripts[step] = scripts.path(script)
	}
	if err != nil {
		return nil, err
	}
	second, err := nfpmMake(ctx, d, service, kind, work)
	if err != nil {
		return nil, err
	}
	return []string{made, second}, nil
}

func (p Product) define(name, description string) definition {
	return definition{
		Name: name, Arch: runtime.GOARCH, Version: p.Version, Schema: "none", Release: p.Release, Priority: "optional",
		Maintainer: p.Maintainer, Description: description, License: "Apache-2.0", MTime: p.Date.Format("2006-01-02T15:04:05Z"),
		Globbing: true, // of file names: off
		Deb:      map[string]string{"compression": "xz"},
		RPM:      map[string]string{"compression": "xz", "group": "Applications/Internet", "buildhost": p.Command, "summary": strings.SplitN(description, "\n", 2)[0]},
	}
}

func nfpmMake(ctx context.Context, d definition, t tree, kind, work string) (string, error) {
	files, err := t.files()
	if err != nil {
		return "", err
	}
	for _, at := range files {
		c := content{From: t.path(at), To: at}
		if strings.HasPrefix(at, "/etc/") {
			c.Type = "config|noreplace"
		}
		info, err := os.Stat(c.From)
		if err != nil {
			return "", err
		}
		c.Info.Mode, c.Info.Owner, c.Info.Group = uint32(info.Mode().Perm()), "root", "root"
		d.Contents = append(d.Contents, c)
	}
	body, err := yaml.Marshal(d)
	if err != nil {
		return "", err
	}
	config := filepath.Join(work, d.Name+"."+kind+".yaml")
	if err := os.WriteFile(config, body, 0o644); err != nil {
		return "", err
	}
	made := filepath.Join(work, fmt.Sprintf("%s_%s-%s_%s.deb", d.Name, d.Version, d.Release, d.Arch))
	if kind == "rpm" {
		made = filepath.Join(work, fmt.Sprintf("%s-%s-%s.%s.rpm", d.Name, d.Version, d.Release, map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[d.Arch]))
	}
	c := exec.CommandContext(ctx, "go", "run", nfpm, "package", "--config", config, "--packager", kind, "--target", made)
	c.Env = append(os.Environ(), "GOFLAGS=", "CGO_ENABLED=0")
	if err := say(c); err != nil {
		return "", err
	}
	return made, nil
}
