// Package motion says whether things may move on the screen for show: some people
// get dizzy from it. Pictures of people, level meters and the like are no show.
package motion
