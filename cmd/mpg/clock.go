package main

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpg/conf"
	"mpg/engine/api"
)

// Times are printed for people as clocks show them where the operator is, whatever the zone
// of the machine, and each output names that zone once. JSON and CSV have them in UTC, as
// RFC 3339.

// timeMark stands before and after a time in a cell, as the daemon sent it. Only when a table
// is printed is it known which zone the daemon is in.
const timeMark = "\x1f"

// markedTime is a time in a cell.
var markedTime = regexp.MustCompile(timeMark + "[^" + timeMark + "]*" + timeMark)

// seconds returns a cell, or a part of one, for a time from the daemon: see withTimes.
func seconds(rfc3339 string) string { return timeMark + rfc3339 + timeMark }

// withTimes puts the times in place of their marks, as people in a zone read them, and adds
// a line that names the zone, unless the lines already do.
func withTimes(lines string, zone *time.Location) string {
	if !strings.Contains(lines, timeMark) {
		return lines
	}
	lines = markedTime.ReplaceAllStringFunc(lines, func(marked string) string { return local(strings.Trim(marked, timeMark), zone) })
	if name := nameOf(zone); !strings.Contains(lines, name) {
		lines += "times are in " + name + "\n"
	}
	return lines
}

// nameOf returns the name of a zone. That of the machine's own zone may not be known, so its
// abbreviation stands for it.
func nameOf(zone *time.Location) string {
	if zone == time.Local {
		return time.Now().Format("MST")
	}
	return zone.String()
}

// local formats a time from the daemon as people read it in a zone.
func local(rfc3339 string, zone *time.Location) string {
	t, err := time.Parse(time.RFC3339Nano, rfc3339)
	if err != nil {
		return rfc3339
	}
	return t.In(zone).Format("2006-01-02 15:04:05")
}

// zoneOf returns the operator's zone, or this machine's if it does not know that one.
func zoneOf(name string) *time.Location {
	if name == "" {
		return time.Local
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.Local
	}
	return zone
}

// zoneKey is the key of the zone that a daemon has named, in the context of a command.
type zoneKey struct{}

// heardZone notes the zone that an answer of the daemon names.
func heardZone(cmd *cobra.Command, answer http.Header) {
	name := answer.Get(api.TimeZoneHeader)
	if known, _ := cmd.Context().Value(zoneKey{}).(string); name != "" && name != known {
		cmd.SetContext(context.WithValue(cmd.Context(), zoneKey{}, name))
	}
}

// operatorZone returns the zone in which a command prints times: the one that the daemon has
// named, or that of the configuration, or the machine's.
func operatorZone(cmd *cobra.Command) *time.Location {
	if name, heard := cmd.Context().Value(zoneKey{}).(string); heard {
		return zoneOf(name)
	}
	path, _ := cmd.Flags().GetString("config")
	if zone, err := conf.TimeZone(path); err == nil {
		return zone
	}
	return time.Local
}
