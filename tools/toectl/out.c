// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output, as text or as JSON. A table is kept until its end, as its columns
 * are as wide as their widest value.
 */
#include "toectl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH	8
#define MAX_COLUMNS	16
#define MAX_VALUE	1024	/* a line of the kernel log */

struct cell {
	char *text;
	bool right;	/* numbers stand under each other */
};

static struct {
	bool json, pretty;
	bool started;			/* something was printed */
	int depth;
	bool filled[MAX_DEPTH];		/* a value precedes, comma needed */

	bool in_table;
	const char *titles[MAX_COLUMNS];
	struct cell *cells;		/* rows of MAX_COLUMNS */
	int rows, column;
} out;

void out_start(bool json, bool pretty)
{
	out.json = json;
	out.pretty = pretty;
}

void out_end(void)
{
	if (out.json && out.started)
		putchar('\n');
	fflush(stdout);
}

bool out_is_json(void)
{
	return out.json;
}

static void json_newline(void)
{
	int i;

	if (!out.pretty)
		return;
	putchar('\n');
	for (i = 0; i < out.depth; i++)
		fputs("    ", stdout);
}

static void json_string(const char *text)
{
	const unsigned char *c;

	putchar('"');
	for (c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			printf("\\%c", *c);
		else if (*c < 0x20 || *c >= 0x7f)
			printf("\\u%04x", *c);
		else
			putchar(*c);
	}
	putchar('"');
}

/* All that precedes a value */
static void json_key(const char *key)
{
	out.started = true;
	if (out.filled[out.depth])
		putchar(',');
	out.filled[out.depth] = true;
	if (out.depth)
		json_newline();
	if (key) {
		json_string(key);
		fputs(out.pretty ? ": " : ":", stdout);
	}
}

static void json_open(const char *key, char bracket)
{
	json_key(key);
	putchar(bracket);
	if (out.depth + 1 >= MAX_DEPTH)
		abort();
	out.filled[++out.depth] = false;
}

static void json_close(char bracket)
{
	bool filled = out.filled[out.depth--];

	if (filled)
		json_newline();
	putchar(bracket);
}

void out_open_list(const char *key)
{
	if (out.json)
		json_open(key, '[');
}

void out_close_list(void)
{
	if (out.json)
		json_close(']');
}

void *need(void *memory)
{
	if (!memory) {
		complain("out of memory");
		exit(TOECTL_KERNEL);
	}
	return memory;
}

static void table_row(void)
{
	size_t size = sizeof(*out.cells) * MAX_COLUMNS;

	out.cells = need(realloc(out.cells, size * (out.rows + 1)));
	memset(&out.cells[out.rows * MAX_COLUMNS], 0, size);
	out.rows++;
	out.column = 0;
}

static void table_cell(const char *title, const char *text, bool right)
{
	struct cell *cell;

	if (out.column >= MAX_COLUMNS)
		abort();
	cell = &out.cells[(out.rows - 1) * MAX_COLUMNS + out.column];
	cell->text = need(strdup(*text ? text : "-"));
	cell->right = right;
	out.titles[out.column++] = title;
}

void out_open_object(const char *key)
{
	if (out.json)
		json_open(key, '{');
	else if (out.in_table)
		table_row();
}

void out_close_object(void)
{
	if (out.json)
		json_close('}');
}

void out_open_table(const char *key)
{
	out_open_list(key);
	out.in_table = true;
	out.rows = 0;
	out.column = 0;
}

static int table_width(int column)
{
	int width = strlen(out.titles[column]), row, len;

	for (row = 0; row < out.rows; row++) {
		len = strlen(out.cells[row * MAX_COLUMNS + column].text);
		width = len > width ? len : width;
	}
	return width;
}

static void table_print_cell(const char *text, int width, bool right,
			     bool last)
{
	if (right)
		printf("%*s", width, text);
	else if (last)
		fputs(text, stdout);
	else
		printf("%-*s", width, text);
	fputs(last ? "\n" : "  ", stdout);
}

static void table_print(void)
{
	int width[MAX_COLUMNS], row, column;
	struct cell *cell;

	for (column = 0; column < out.column; column++) {
		cell = &out.cells[column];
		width[column] = table_width(column);
		table_print_cell(out.titles[column], width[column],
				 cell->right, column == out.column - 1);
	}
	for (row = 0; row < out.rows; row++) {
		for (column = 0; column < out.column; column++) {
			cell = &out.cells[row * MAX_COLUMNS + column];
			table_print_cell(cell->text, width[column],
					 cell->right,
					 column == out.column - 1);
			free(cell->text);
		}
	}
}

void out_close_table(void)
{
	out_close_list();
	if (!out.json && out.rows)
		table_print();
	free(out.cells);
	out.cells = NULL;
	out.in_table = false;
}

/* Of the table that was closed last, in text */
int out_rows(void)
{
	return out.rows;
}

/* @literal: JSON needs no quotes. @right: a table puts it to the right. */
static void value(const char *key, const char *title, const char *text,
		  const char *plain, bool literal, bool right)
{
	if (out.json) {
		json_key(key);
		if (literal)
			fputs(plain, stdout);
		else
			json_string(plain);
	} else if (!title) {
		return;
	} else if (out.in_table) {
		table_cell(title, text, right);
	} else {
		printf("%s%s", title, text);
	}
}

void out_str(const char *key, const char *title, const char *fmt, ...)
{
	char text[MAX_VALUE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	value(key, title, text, text, false, false);
}

void out_num(const char *key, const char *title, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	value(key, title, text, text, true, true);
}

/* Nobody knows */
void out_null(const char *key, const char *title)
{
	value(key, title, "-", "null", true, true);
}

/* Bytes: exact in JSON, handy in text */
void out_size(const char *key, const char *title, uint64_t number)
{
	static const char units[] = "KMGTPE";
	char text[32], plain[32];
	double size = number;
	int unit = -1;

	snprintf(plain, sizeof(plain), "%llu", (unsigned long long)number);
	for (; size >= 1024 && unit < 5; unit++)
		size /= 1024;
	if (unit < 0)
		snprintf(text, sizeof(text), "%s", plain);
	else
		snprintf(text, sizeof(text), "%.1f%c", size, units[unit]);
	value(key, title, text, plain, true, true);
}

void out_bool(const char *key, const char *title, bool yes)
{
	value(key, title, yes ? "yes" : "no", yes ? "true" : "false", true,
	      false);
}

void out_words(const char *key, const char *title, const char **words, int nr)
{
	char text[MAX_VALUE] = "";
	int i, len = 0;

	if (out.json) {
		out_open_list(key);
		for (i = 0; i < nr; i++) {
			json_key(NULL);
			json_string(words[i]);
		}
		out_close_list();
		return;
	}
	for (i = 0; i < nr && len < MAX_VALUE; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s%s",
				i ? "," : "", words[i]);
	value(key, title, text, text, false, false);
}

void out_text(const char *fmt, ...)
{
	va_list ap;

	if (out.json)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

/* Ends a record of an endless stream */
void out_flush(void)
{
	if (out.json) {
		out.filled[0] = false;
		out.started = false;
		putchar('\n');
	}
	fflush(stdout);
}
