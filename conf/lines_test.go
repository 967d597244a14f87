package conf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"pgregory.net/rapid"
)

func TestLines(t *testing.T) {
	t.Parallel()
	src := `# comment = 1
a = 1
b.c = 2 # d = 3
"e.f" = """
g = 4
""\""""
'h' = '''
i = 5'''
j = { k = 6, l = { m = [
  7, "]", '}', # n = 8
  { o = "\"" },
] } }
[p]
q = 1979-05-27 07:32:00Z
[p.r]
s = [ [ 1 ],
 [ 2 ] ]
[[t]]
u = 1
[[t.v]]
w = 1
[t.v.x]
y = 1
[[t.v]]
w = 2
[[t]]
[[t.v]]
w = 3
[ z . "0" ]
 "1" = 2
`
	if _, err := toml.Decode(src, new(map[string]any)); err != nil {
		t.Fatal(err)
	}
	found := findLines(src)
	for key, line := range map[string]int{
		"a": 2, "b.c": 3, `"e.f"`: 4, "h": 7, "j": 9, "j.k": 9, "j.l.m": 9, "j.l.m[1]": 10, "j.l.m[4].o": 11,
		"p": 13, "p.q": 14, "p.r.s": 16, "p.r.s[2]": 17, "p.r.s[2][1]": 17,
		"t": 18, "t[1].u": 19, "t[1].v[1].w": 21, "t[1].v[1].x.y": 23, "t[1].v[2].w": 25,
		"t[2]": 26, "t[2].v[1].w": 28, "z": 29, "z.0": 29, "z.0.1": 30,
		// not in the file: the nearest table around
		"t[2].v[1].none": 27, "t[2].none": 26, "p.none": 13, "none": 0, "none[1].none": 0,
	} {
		if got := found.of(key); got != line {
			t.Errorf("%s: got line %d, want %d", key, got, line)
		}
	}
	for _, key := range []string{"d", "g", "i", "n", "comment"} {
		if found.has(key) {
			t.Errorf("%s stands in a comment or text and was found", key)
		}
	}
}

// TestLinesOfAnyFile writes files of tables, arrays of tables and all kinds of
// values, and knows the line of each key from the writing.
func TestLinesOfAnyFile(t *testing.T) {
	t.Parallel()
	values := []string{
		"1", "true", `"x # y"`, `"\"\\"`, `'\'`, "\"\"\"\n[x]\n# \"\" \n\"\"\"", "'''\n''\n'''",
		"[1, 2]", "[\n1, # ]\n2,\n]", `["]", '[']`, "{ a = 1, b = [ { c = 2 } ] }", "07:32:00",
	}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		want := make(map[string]int)
		counts := make(map[string]int)
		table := ""
		for i := range rapid.IntRange(1, 20).Draw(t, "things") {
			line := strings.Count(b.String(), "\n") + 1
			switch rapid.IntRange(0, 3).Draw(t, "thing") {
			case 0:
				table = fmt.Sprintf("t%d", i)
				fmt.Fprintf(&b, "[ %s ] # [x]\n", table)
				want[table] = line
			case 1:
				name := rapid.SampledFrom([]string{"as", "bs"}).Draw(t, "array")
				table = at(name, counts[name])
				counts[name]++
				fmt.Fprintf(&b, "\t[[%s]]\n", name)
				want[table] = line
			default:
				key := fmt.Sprintf("k%d", i)
				fmt.Fprintf(&b, "%s = %s\n", key, rapid.SampledFrom(values).Draw(t, "value"))
				want[join(table, key)] = line
			}
		}
		if _, err := toml.Decode(b.String(), new(map[string]any)); err != nil {
			t.Fatalf("%v in\n%s", err, b.String())
		}
		found := findLines(b.String())
		for key, line := range want {
			if found[key] != line {
				t.Fatalf("%s: got line %d, want %d in\n%s", key, found[key], line, b.String())
			}
		}
	})
}

// FuzzFindLines wants the walk to end on any text, within its lines.
func FuzzFindLines(f *testing.F) {
	f.Add("a = [[[[\n{{{ \"\"\" ''' ]]]}}}")
	f.Add(on())
	f.Fuzz(func(t *testing.T, src string) {
		last := strings.Count(src, "\n") + 1
		for key, line := range findLines(src) {
			if line < 1 || line > last {
				t.Fatalf("%s: line %d of %d", key, line, last)
			}
		}
	})
}
