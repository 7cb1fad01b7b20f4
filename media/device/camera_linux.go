package device

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/driver/camera"
)

// devFolder holds the V4L2 nodes.
var devFolder = "/dev"

// knownNodes is what camera.Initialize saw last; drivers guards it. The first
// call asks again, which is cheap and leaves no gap.
var knownNodes []string

// camerasChanged says whether video nodes came or went since the last call.
// mediadevices has no such events on Linux.
func camerasChanged() bool {
	nodes := videoNodes(devFolder)
	if slices.Equal(nodes, knownNodes) {
		return false
	}
	knownNodes = nodes
	return true
}

// videoNodes lists the V4L2 nodes in a folder, with what tells a new one from an
// old one of the same name.
func videoNodes(folder string) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var nodes []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "video") {
			continue
		}
		s, err := e.Info()
		if err != nil {
			continue
		}
		// The mode is in it because udev grants access a little after the node appears.
		nodes = append(nodes, e.Name()+" "+s.ModTime().String()+" "+s.Mode().String())
	}
	return nodes
}

// isCamera refuses nodes that give no pictures (a camera's metadata, codecs),
// but keeps those that we may not open: opening says so. It refuses our own
// drivers too.
func isCamera(d driver.Driver) bool {
	node := cameraNode(d.Info().Label)
	if !strings.HasPrefix(node, "video") {
		return false
	}
	if name, _, _ := strings.Cut(d.Info().Name, camera.LabelSeparator); name != "" {
		return true
	}
	f, err := os.OpenFile(filepath.Join(devFolder, node), os.O_RDWR, 0)
	if err == nil {
		f.Close()
	}
	return errors.Is(err, fs.ErrPermission)
}

func cameraNode(label string) string {
	_, node, _ := strings.Cut(label, camera.LabelSeparator)
	return node
}

// cameraThere says whether the node of an open camera still exists.
func cameraThere(label string) bool {
	_, err := os.Stat(filepath.Join(devFolder, cameraNode(label)))
	return err == nil
}

// compareCameras orders by node number.
func compareCameras(a, b string) int {
	return nodeNumber(a) - nodeNumber(b)
}

func nodeNumber(label string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(cameraNode(label), "video"))
	if err != nil {
		return 1 << 20
	}
	return n
}
