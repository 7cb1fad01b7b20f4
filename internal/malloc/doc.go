// Package malloc sets up the C library's allocator for windows.
package malloc
