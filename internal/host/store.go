package host

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
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
}

var (
	errNoRoom = errors.New("no such room")
	errNoRole = errors.New("no such role")
)

// store keeps rooms, invite codes and bans in one SQLite file.
type store struct{ db *sql.DB }

const schema = `
CREATE TABLE IF NOT EXISTS room (
	name TEXT PRIMARY KEY, title TEXT NOT NULL, created INTEGER NOT NULL, max_participants INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS invite (
	room TEXT NOT NULL REFERENCES room(name) ON DELETE CASCADE, role TEXT NOT NULL, code TEXT NOT NULL,
	PRIMARY KEY (room, role));
CREATE TABLE IF NOT EXISTS ban (
	room TEXT NOT NULL REFERENCES room(name) ON DELETE CASCADE, identity TEXT NOT NULL,
	PRIMARY KEY (room, identity));`

func openStore(dir string) (*store, error) {
	path := filepath.Join(dir, "foyer.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w: %w", path, ErrDataFolder, err)
	}
	db.SetMaxOpenConns(1) // one writer; a join asks for microseconds
	if _, err := db.Exec(schema); err != nil {
		db.Close()
		return nil, fmt.Errorf("open %s: %w: %w", path, ErrDataFolder, err)
	}
	return &store{db}, nil
}

func (s *store) close() error { return s.db.Close() }

// newCode is an invite code of 130 bits.
func newCode() string { return strings.ToLower(rand.Text()) }

func (s *store) createRoom(ctx context.Context, r Room) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("create room: %w", err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `INSERT INTO room VALUES (?, ?, ?, ?)`, r.Name, r.Title, r.Created.UnixMilli(), r.MaxParticipants); err != nil {
		return fmt.Errorf("create room %s: %w", r.Name, err)
	}
	for _, role := range roles {
		if _, err := tx.ExecContext(ctx, `INSERT INTO invite VALUES (?, ?, ?)`, r.Name, role, newCode()); err != nil {
			return fmt.Errorf("invite to %s: %w", r.Name, err)
		}
	}
	return tx.Commit()
}

func (s *store) rooms(ctx context.Context) ([]Room, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT name, title, created, max_participants FROM room ORDER BY created, name`)
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
		if err := rows.Scan(&r.Name, &r.Title, &created, &r.MaxParticipants); err != nil {
			return nil, fmt.Errorf("list rooms: %w", err)
		}
		r.Created = time.UnixMilli(created).UTC()
		list = append(list, r)
	}
	return list, rows.Err()
}

func (s *store) room(ctx context.Context, name string) (Room, error) {
	r := Room{Name: name}
	var created int64
	err := s.db.QueryRowContext(ctx, `SELECT title, created, max_participants FROM room WHERE name = ?`, name).Scan(&r.Title, &created, &r.MaxParticipants)
	if errors.Is(err, sql.ErrNoRows) {
		return Room{}, errNoRoom
	}
	if err != nil {
		return Room{}, fmt.Errorf("find room %s: %w", name, err)
	}
	r.Created = time.UnixMilli(created).UTC()
	return r, nil
}

func (s *store) deleteRoom(ctx context.Context, name string) error {
	res, err := s.db.ExecContext(ctx, `DELETE FROM room WHERE name = ?`, name)
	if err != nil {
		return fmt.Errorf("delete room %s: %w", name, err)
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return errNoRoom
	}
	return nil
}

// codes returns the invite codes of a room by role.
func (s *store) codes(ctx context.Context, room string) (map[string]string, error) {
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
			want = newCode() // a room that is not there takes as long
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(code))) == 1 {
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

func (s *store) ban(ctx context.Context, room, identity string) error {
	if _, err := s.db.ExecContext(ctx, `INSERT OR IGNORE INTO ban VALUES (?, ?)`, room, identity); err != nil {
		return fmt.Errorf("ban from %s: %w", room, err)
	}
	return nil
}

func (s *store) banned(ctx context.Context, room, identity string) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM ban WHERE room = ? AND identity = ?`, room, identity).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for a ban from %s: %w", room, err)
	}
	return n > 0, nil
}
