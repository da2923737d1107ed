// Says what Go's libraries think of patterns: reads lines of "glob", "find" or "groups", a pattern
// and a text, separated by tabs, and writes a line for each.
package main

import (
	"bufio"
	"fmt"
	"os"
	"path"
	"regexp"
	"strings"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		line := strings.Split(in.Text(), "\t")
		fmt.Fprintln(out, answer(line[0], line[1], line[2]))
	}
}

func answer(kind, pattern, text string) string {
	if kind == "glob" {
		matched, err := path.Match(pattern, text)
		if err != nil {
			return "malformed"
		}
		return fmt.Sprint(matched)
	}
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return "malformed"
	}
	if kind == "find" {
		return fmt.Sprint(expression.MatchString(text))
	}
	return strings.Join(expression.FindStringSubmatch(text), "\t")
}
