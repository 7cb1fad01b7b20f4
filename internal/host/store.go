package host

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "modernc.org/sqlite" // driver "sqlite"
)

// Roles, from most to least allowed.
const (
	RoleHost   = "host"
	RoleGuest  = "guest"
	RoleViewer = "viewer"
)

var roles = []string{RoleHost, RoleGuest, RoleViewer}

// Room is one meeting place.
type Room struct {
	Name            string    `json:"name"` // in links and in LiveKit
	Title           string    `json:"title"`
	Created         time.Time `json:"created"`
	MaxParticipants int       `json:"maxParticipants"` // 0 is no limit
	Encrypted       bool      `json:"encrypted"`       // its links carry an end-to-end key, which the server never learns
}

var (
	errNoRoom = errors.New("no such room")
	errNoRole = errors.New("no such role")
	errBans   = errors.New("too many people are kept out already")
)

// store keeps rooms, invite codes and bans in one SQLite file.
type store struct {
	db      *sql.DB
	path    string
	file    os.FileInfo // what path named when it was opened
	health  health
	unsaved unsaved
}

const databaseFile = "foyer.db"

const schemaVersion = 1

const schema = `
CREATE TABLE IF NOT EXISTS room (
	name TEXT PRIMARY KEY, title TEXT NOT NULL, created INTEGER NOT NULL, max_participants INTEGER NOT NULL,
	encrypted INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS invite (
	room TEXT NOT NULL REFERENCES room(name) ON DELETE CASCADE, role TEXT NOT NULL, code TEXT NOT NULL,
	PRIMARY KEY (room, role));
CREATE TABLE IF NOT EXISTS ban (
	room TEXT NOT NULL REFERENCES room(name) ON DELETE CASCADE, identity TEXT NOT NULL,
	PRIMARY KEY (room, identity));
CREATE TABLE IF NOT EXISTS health (id INTEGER PRIMARY KEY CHECK (id = 1), written INTEGER NOT NULL);`

func openStore(dir string) (*store, error) {
	path := filepath.Join(dir, databaseFile)
	failed := func(err error) (*store, error) {
		return nil, fmt.Errorf("open %s: %w: %w", path, ErrDataFolder, err)
	}
	// SQLite would make it readable for all; its other files get this one's mode.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return failed(err)
	}
	if err := f.Close(); err != nil {
		return failed(err)
	}
	file, err := os.Stat(path)
	if err != nil {
		return failed(err)
	}
	db, err := openDatabase(path)
	if err != nil {
		return failed(err)
	}
	if err := migrate(db); err != nil {
		_ = db.Close()
		return failed(err)
	}
	if err := quickCheck(context.Background(), db); err != nil {
		_ = db.Close()
		return failed(fmt.Errorf("%w: put a backup of the whole folder in its place", err))
	}
	return &store{db: db, path: path, file: file, health: health{every: healthEvery}}, nil
}

// openDatabase opens a file that exists.
func openDatabase(path string) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute),
		RawQuery: "mode=rw&_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_txlock=immediate"}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // one writer; a join asks for microseconds
	return db, nil
}

// migrate makes the tables. It always writes, so that a file that cannot be
// written is found out at once.
func migrate(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var version int
	if err := tx.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	if version > schemaVersion {
		return fmt.Errorf("a newer Foyer made it (version %d)", version)
	}
	if _, err := tx.Exec(schema); err != nil {
		return err
	}
	if _, err := tx.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion)); err != nil {
		return err
	}
	return tx.Commit()
}

func (s *store) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), apiTimeout)
	defer cancel()
	return errors.Join(s.save(ctx), s.db.Close())
}

// noCode is as long as a code and is none.
var noCode = strings.Repeat("-", len(newCode()))

// newCode is an invite code of 130 bits.
func newCode() string { return strings.ToLower(rand.Text()) }

// roomsMax bounds the database, and what a look at it costs.
const roomsMax = 10_000

func (s *store) createRoom(ctx context.Context, r Room) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("create room: %w", err)
	}
	defer tx.Rollback()
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM room`).Scan(&n); err != nil {
		return fmt.Errorf("create room: %w", err)
	}
	if n >= roomsMax {
		return fmt.Errorf("create room: %w: there are %d rooms; delete one that is not used", ErrConfig, n)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO room VALUES (?, ?, ?, ?, ?)`, r.Name, r.Title, r.Created.UnixMilli(), r.MaxParticipants, r.Encrypted); err != nil {
		return fmt.Errorf("create room %s: %w", r.Name, err)
	}
	for _, role := range roles {
		if _, err := tx.ExecContext(ctx, `INSERT INTO invite VALUES (?, ?, ?)`, r.Name, role, newCode()); err != nil {
			return fmt.Errorf("invite to %s: %w", r.Name, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("create room %s: %w", r.Name, err)
	}
	return nil
}

func (s *store) rooms(ctx context.Context) ([]Room, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT name, title, created, max_participants, encrypted FROM room ORDER BY created, name`)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	defer rows.Close()
	list := []Room{}
	for rows.Next() {
		var (
			r       Room
			created int64
		)
		if err := rows.Scan(&r.Name, &r.Title, &created, &r.MaxParticipants, &r.Encrypted); err != nil {
			return nil, fmt.Errorf("list rooms: %w", err)
		}
		r.Created = time.UnixMilli(created).UTC()
		if !s.unsaved.deleted(r.Name) {
			list = append(list, r)
		}
	}
	return list, rows.Err()
}

func (s *store) room(ctx context.Context, name string) (Room, error) {
	if s.unsaved.deleted(name) {
		return Room{}, errNoRoom
	}
	r := Room{Name: name}
	var created int64
	err := s.db.QueryRowContext(ctx, `SELECT title, created, max_participants, encrypted FROM room WHERE name = ?`, name).Scan(&r.Title, &created, &r.MaxParticipants, &r.Encrypted)
	if errors.Is(err, sql.ErrNoRows) {
		return Room{}, errNoRoom
	}
	if err != nil {
		return Room{}, fmt.Errorf("find room %s: %w", name, err)
	}
	r.Created = time.UnixMilli(created).UTC()
	return r, nil
}

// deleteRoom forgets a room. With an error that is not errNoRoom it is gone until
// the next start.
func (s *store) deleteRoom(ctx context.Context, name string) error {
	if _, err := s.room(ctx, name); err != nil {
		return err
	}
	s.unsaved.deleteRoom(name)
	return s.saveDeletion(ctx, name)
}

func (s *store) saveDeletion(ctx context.Context, name string) error {
	res, err := s.db.ExecContext(ctx, `DELETE FROM room WHERE name = ?`, name)
	if err != nil {
		return fmt.Errorf("delete room %s: %w", name, err)
	}
	s.unsaved.savedDeletion(name)
	if n, _ := res.RowsAffected(); n == 0 {
		return errNoRoom
	}
	return nil
}

// codes returns the invite codes of a room by role.
func (s *store) codes(ctx context.Context, room string) (map[string]string, error) {
	if s.unsaved.deleted(room) {
		return nil, nil
	}
	rows, err := s.db.QueryContext(ctx, `SELECT role, code FROM invite WHERE room = ?`, room)
	if err != nil {
		return nil, fmt.Errorf("find invites of %s: %w", room, err)
	}
	defer rows.Close()
	m := map[string]string{}
	for rows.Next() {
		var role, code string
		if err := rows.Scan(&role, &code); err != nil {
			return nil, fmt.Errorf("find invites of %s: %w", room, err)
		}
		m[role] = code
	}
	return m, rows.Err()
}

// roleOf says which role a code gives in a room; "" is none. The time it takes
// tells nothing of the codes.
func (s *store) roleOf(ctx context.Context, room, code string) (string, error) {
	codes, err := s.codes(ctx, room)
	if err != nil {
		return "", err
	}
	found := ""
	for _, role := range roles {
		want, ok := codes[role]
		if !ok {
			want = noCode // a room that is not there takes as long
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(code))) == 1 && ok {
			found = role
		}
	}
	return found, nil
}

// rotate gives a role of a room a new code.
func (s *store) rotate(ctx context.Context, room, role string) error {
	res, err := s.db.ExecContext(ctx, `UPDATE invite SET code = ? WHERE room = ? AND role = ?`, newCode(), room, role)
	if err != nil {
		return fmt.Errorf("change the %s invite of %s: %w", role, room, err)
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return errNoRole
	}
	return nil
}

// keepOut bans somebody until the next start; ban makes it last.
func (s *store) keepOut(room, identity string) { s.unsaved.ban(room, identity) }

// bansMax bounds the bans of one room, since hosts can name identities that never were.
const bansMax = 10_000

// ban keeps somebody out of a room for good, or, with an error, until the next start.
func (s *store) ban(ctx context.Context, room, identity string) error {
	s.keepOut(room, identity)
	res, err := s.db.ExecContext(ctx, `INSERT OR IGNORE INTO ban SELECT ?1, ?2 WHERE (SELECT count(*) FROM ban WHERE room = ?1) < ?3`,
		room, identity, bansMax)
	if err != nil {
		return fmt.Errorf("ban from %s: %w", room, err)
	}
	if n, _ := res.RowsAffected(); n == 0 {
		if there, err := s.savedBan(ctx, room, identity); err != nil {
			return err
		} else if !there {
			return fmt.Errorf("ban from %s: %w", room, errBans)
		}
	}
	s.unsaved.savedBan(room, identity)
	return nil
}

// bans lists the identities that are kept out of a room.
func (s *store) bans(ctx context.Context, room string) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT identity FROM ban WHERE room = ? ORDER BY identity`, room)
	if err != nil {
		return nil, fmt.Errorf("list the bans from %s: %w", room, err)
	}
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var identity string
		if err := rows.Scan(&identity); err != nil {
			return nil, fmt.Errorf("list the bans from %s: %w", room, err)
		}
		list = append(list, identity)
	}
	for _, identity := range s.unsaved.bansOf(room) {
		if !slices.Contains(list, identity) {
			list = append(list, identity)
		}
	}
	return list, rows.Err()
}

func (s *store) unban(ctx context.Context, room, identity string) error {
	s.unsaved.savedBan(room, identity)
	if _, err := s.db.ExecContext(ctx, `DELETE FROM ban WHERE room = ? AND identity = ?`, room, identity); err != nil {
		return fmt.Errorf("lift a ban from %s: %w", room, err)
	}
	return nil
}

func (s *store) banned(ctx context.Context, room, identity string) (bool, error) {
	if s.unsaved.banned(room, identity) {
		return true, nil
	}
	return s.savedBan(ctx, room, identity)
}

func (s *store) savedBan(ctx context.Context, room, identity string) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM ban WHERE room = ? AND identity = ?`, room, identity).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for a ban from %s: %w", room, err)
	}
	return n > 0, nil
}
