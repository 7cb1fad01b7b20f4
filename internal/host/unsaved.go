package host

import (
	"context"
	"errors"
	"sync"
)

// unsaved is what holds although it is not in the database, or not yet: with a full
// disk, somebody can still be removed, and a meeting be ended, until the next start.
type unsaved struct {
	mu    sync.Mutex
	bans  map[unsavedBan]struct{}
	rooms map[string]struct{} // deleted
}

type unsavedBan struct{ room, identity string }

// unsavedMax bounds the bans that are kept in memory.
const unsavedMax = 10_000

func (u *unsaved) ban(room, identity string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.bans == nil {
		u.bans = map[unsavedBan]struct{}{}
	}
	if len(u.bans) < unsavedMax {
		u.bans[unsavedBan{room, identity}] = struct{}{}
	}
}

func (u *unsaved) savedBan(room, identity string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.bans, unsavedBan{room, identity})
}

func (u *unsaved) banned(room, identity string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, ok := u.bans[unsavedBan{room, identity}]
	return ok
}

func (u *unsaved) bansOf(room string) []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var list []string
	for b := range u.bans {
		if b.room == room {
			list = append(list, b.identity)
		}
	}
	return list
}

func (u *unsaved) deleteRoom(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.rooms == nil {
		u.rooms = map[string]struct{}{}
	}
	u.rooms[name] = struct{}{}
}

func (u *unsaved) savedDeletion(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.rooms, name)
}

func (u *unsaved) deleted(name string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, ok := u.rooms[name]
	return ok
}

func (u *unsaved) all() (bans []unsavedBan, rooms []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for b := range u.bans {
		bans = append(bans, b)
	}
	for r := range u.rooms {
		rooms = append(rooms, r)
	}
	return bans, rooms
}

// save tries again to write what could not be written.
func (s *store) save(ctx context.Context) error {
	bans, rooms := s.unsaved.all()
	for _, r := range rooms {
		if err := s.saveDeletion(ctx, r); err != nil && !errors.Is(err, errNoRoom) {
			return err // the disk is still full: the others would fail as well
		}
	}
	for _, b := range bans {
		if _, err := s.room(ctx, b.room); errors.Is(err, errNoRoom) {
			s.unsaved.savedBan(b.room, b.identity)
			continue
		}
		if err := s.ban(ctx, b.room, b.identity); err != nil && !errors.Is(err, errBans) {
			return err
		}
	}
	return nil
}
