"""Numbers that decide what a table is.

Lengths are in text heights, the median height of a page's words, unless they say otherwise. They were chosen on
generated tables of `python -m benchmarks.tables` and on invoices of `python -m benchmarks.table_counts`; the reported
figures name what was in view.
"""

from __future__ import annotations

# Reading the page.
MAX_CHARACTERS = 12_000_000  # of a document; finding tables takes up to 10 CPU seconds per million
MAX_WORDS = 60_000  # of a page; above it has no tables. A page of 20,000 cells has as many words.
MIN_SIDEWAYS = 4  # characters of a line that is twice as high as wide: it is no part of a table
SAME_ROW = 0.5  # distance of the middles of two words of one row
STACKED = 0.5  # share of the narrower word's width by which two words of one row stand above each other
SAME_LEVEL = 0.2  # distance of the middles of words of one line where words do
LEVEL = 0.65  # share of the lower word's height that words of one chunk have beside each other
CHUNK_GAP = 0.85  # blank that ends a chunk; spaces between words are 0.2 to 0.4
WIDE_GAP = 1.4  # by the median blank between words: the least one between columns
LONG_LINE = 10.0  # width of a line whose slope tells the page's skew

# Ruled tables.
JOINT = 0.25  # distance at which lines meet, or are one line
MIN_CELL = 0.5  # width and height of a cell; less is the blank of a double line
WALL_COVERAGE = 0.6  # share of a cell's side that a wall covers
MIN_PART, MIN_PART_CHARACTERS = 0.3, 2  # width of each part of a word that a wall cuts
LAYOUT_HEIGHT = 3.0  # by the median height of rows: such a row at an end may be the rest of a framed page
MIN_LAYOUT_LINES = 3  # with texts side by side in a cell of that row
MIN_SPLIT_ROWS = 2  # rows of values in a column that split a band without lines between them

# Tables without ruled lines.
MAX_PITCH = 4.0  # distance of the middles of neighbouring rows of a table
MAX_PITCH_RATIO = 2.4  # that distance by the median one of the table
WORD_GAP = 0.45  # blank inside a chunk at which it may be split between two columns
OVERLAP = 0.2  # by which a chunk overlaps a column that it belongs to
MIN_CHUNKS = 3  # of the row that a table grows from
MIN_ROWS = 3  # with text in two columns or more, header included
MIN_BARE_ROWS = 5  # full rows of a table without header and ruled lines
MIN_BARE_RULES = 3  # ruled lines of a table without header whose rows are not full
MIN_NAMED = 0.6  # share of columns that a header names
MIN_BARE_FILL = 0.8  # share of such rows, and of filled cells in them
MIN_VALUE_SHARE = 0.6  # of a column's filled cells below the header, in a column of values
MIN_OPEN_LINES = 4  # of text without ruled lines between: the next ruled line closes the table
MIN_FILL = 0.45  # share of filled cells in rows that are not continuations
MAX_FURTHER_TEXTS = 0.6  # by those of the row's first line: a line with more is a row, such as names below a product
CLOSE_LINE = 0.6  # by the distance of rows: a line as close continues a row whatever columns it fills
CONTINUATION_PITCH = 1.9  # distance from a row to the line that continues it
PROSE_CHARACTERS = 25  # of a chunk, median of a column of running text
MIN_CUT = 0.1  # blank that all rows leave free between dense columns; each leaves more
MAX_CROSSING = 0.1  # of the texts of a column, that reach over a blank behind numbers that count up
MAX_COUNT_STEP = 3  # of the numbers of positions; recognition misses some
RULE_COVERAGE = 0.6  # share of the table's width that a ruled line of it covers
OTHER_RULE_COVERAGE = 0.35  # that share for the first line of a narrower table below
MAX_ROWS_TO_HEADER = 12  # rows of text above the header that a table may grow to, and that it then loses
ALIGNED = 0.4  # distance of edges that are on one line
MIN_NAMES = 2  # texts in columns of values: a header
MAX_HEADER_STEP = 1.9  # distance of neighbouring lines of a header
HEADER_LEADING = 1.4  # that distance where a name goes on in the next line
MAX_HEADER_LINES = 6  # of text
MAX_SPANNING_ROWS = 2  # neighbouring rows that cross the columns of a table, such as headings of its sections

# Lists of amounts.
MIN_AMOUNTS = 4
MIN_LISTED = 0.4  # share of the labels that have an amount
MAX_LIST_PITCH = 2.5  # distance of the middles of neighbouring rows

MAX_BANDS = 100  # of a page, rows of boxes that may be headers
MAX_GAPS = 10  # of a page, between tables that stand side by side

# Tables over a page break.
MIN_COLUMN_OVERLAP = 0.5  # share of the width of the narrower of two columns, over a page break
MAX_ROWS_BELOW = 4  # rows of text between the table and the page's end: a footer
MAX_ROWS_ABOVE = 6  # rows of text between the page's start and the table: a running head
