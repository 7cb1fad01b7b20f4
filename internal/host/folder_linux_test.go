package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"

	"foyer/app/invite"
)

// smallDisk mounts a file system of 2 MB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("a file system of its own cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// fill takes all space that is left, until the file is removed.
func fill(t *testing.T, dir string) (file string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	f.Close()
	return f.Name()
}

// On a full disk, somebody who disturbs is removed and stays out, the health says
// what is wrong, and the ban is saved once there is space.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t)
	c := quiet(t)
	c.Data = filepath.Join(dir, "data")
	port, err := freePort("tcp", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	c.Listen = fmt.Sprintf("127.0.0.1:%d", port) // a person is known by another name at another address
	s := start(t, c)
	s.store.health.every = 0
	ctx := context.Background()
	room, err := s.CreateRoom(ctx, RoomOptions{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.CreateRoom(ctx, RoomOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l := link(t, s, room, RoleGuest)
	j, err := l.Redeem(ctx, "Mallory", "mallory")
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan lksdk.DisconnectionReason, 1)
	connect(t, j, func(r lksdk.DisconnectionReason) { gone <- r })
	other, err := link(t, s, second, RoleGuest).Redeem(ctx, "Ada", "ada")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan lksdk.DisconnectionReason, 1)
	connect(t, other, func(r lksdk.DisconnectionReason) { ended <- r })
	admin := signIn(t, s)
	filler := fill(t, dir)

	if status, body := call(t, s, "GET", "/healthz", "", ""); status != 503 {
		t.Errorf("health with a full disk: %d %s", status, body)
	}
	if status, body := call(t, s, "POST", "/api/rooms/"+room.Name+"/participants/"+j.Identity+"/remove", admin, ""); status != 200 || !strings.Contains(body, `"lasting":false`) {
		t.Errorf("remove: %d %s", status, body)
	}
	if status, _ := call(t, s, "DELETE", "/api/rooms/"+second.Name, admin, ""); status != 500 {
		t.Errorf("delete a room: %d", status)
	}
	for what, c := range map[string]chan lksdk.DisconnectionReason{"who was removed": gone, "who was in the deleted room": ended} {
		select {
		case <-c:
		case <-time.After(5 * time.Second):
			t.Errorf("%s is still there", what)
		}
	}
	banned := func(s *Server) {
		t.Helper()
		if _, err := l.Redeem(ctx, "Mallory", "mallory"); !errors.Is(err, invite.ErrBanned) {
			t.Errorf("back after removal: %v", err)
		}
		if status, body := call(t, s, "GET", "/api/rooms/"+room.Name+"/bans", signIn(t, s), ""); status != 200 || !strings.Contains(body, j.Identity) {
			t.Errorf("bans: %d %s", status, body)
		}
		if status, body := call(t, s, "GET", "/api/rooms", signIn(t, s), ""); status != 200 || strings.Contains(body, second.Name) {
			t.Errorf("the deleted room is back: %d %s", status, body)
		}
	}
	banned(s)

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if status, body := call(t, s, "GET", "/healthz", "", ""); status != 200 {
		t.Errorf("health once there is space: %d %s", status, body)
	}
	if bans, rooms := s.store.unsaved.all(); len(bans)+len(rooms) > 0 {
		t.Errorf("still not saved: %v, %v", bans, rooms)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := start(t, c)
	l = link(t, again, room, RoleGuest)
	banned(again)
	if err := again.Close(); err != nil { // before the disk goes
		t.Fatal(err)
	}
}

// A server for this machine alone opens no socket that others reach, whatever ports it is told.
func TestLoopbackIsForThisMachine(t *testing.T) {
	before := sockets(t)
	c := quiet(t)
	udp, err := freePort("udp", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := freePort("tcp", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	c.UDPPort, c.TCPPort = udp, tcp
	start(t, c)
	found := 0
	for inode, at := range sockets(t) {
		if _, ok := before[inode]; ok {
			continue
		}
		found++
		if ip, _, _ := net.SplitHostPort(at); !isLoopback(ip) {
			t.Errorf("listens on %s", at)
		}
	}
	if found < 3 {
		t.Errorf("%d sockets were found: the test does not see them", found)
	}
}

// sockets are this process's TCP sockets that listen, and its UDP sockets, by inode.
func sockets(t *testing.T) map[string]string {
	t.Helper()
	ours := map[string]bool{}
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil {
			ours[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	open := map[string]string{}
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		f, err := os.Open("/proc/self/net/" + table)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			w := strings.Fields(lines.Text())
			if len(w) < 10 || !ours[w[9]] || strings.HasPrefix(table, "tcp") && w[3] != "0A" { // LISTEN
				continue
			}
			ip, port, _ := strings.Cut(w[1], ":")
			n, err := strconv.ParseUint(port, 16, 16)
			if err != nil {
				t.Fatal(err)
			}
			open[w[9]] = net.JoinHostPort(kernelIP(t, ip), fmt.Sprint(n))
		}
		f.Close()
	}
	return open
}

// kernelIP reads an address as the kernel prints it: words of 32 bits, in the machine's order.
func kernelIP(t *testing.T, s string) string {
	t.Helper()
	ip := make(net.IP, len(s)/2)
	for i := range ip {
		n, err := strconv.ParseUint(s[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		ip[i/4*4+3-i%4] = byte(n)
	}
	return ip.String()
}
