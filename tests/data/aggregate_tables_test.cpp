#include <kohort/data/aggregate_tables.hpp>  // first, so the header must stand on its own

#include "catch.hpp"

using namespace kohort;

TEST_CASE("a row of a published table is looked through before it is used", "[data]") {
  const model structure({"well", "ill", "dead"}, {{"well", "ill"}, {"ill", "dead"}}, "dead");
  table_row row{.start = {1, 0, 0}, .ends = {{0}, {1}, {2}}, .counts = {5, 3, 2}};
  row.name = "Table 4";
  CHECK(row.total() == 10);
  CHECK_NOTHROW(check_tables(structure, std::vector{row}));
  auto late = row;  // a start at which "well" is out of reach needs no column for it
  late.start = {0, 1, 0};
  late.ends = {{1}, {2}};
  late.counts = {5, 3};
  CHECK_NOTHROW(check_tables(structure, std::vector{late}));
  late.ends = {{0}, {1}, {2}};
  late.counts = {0, 5, 3};
  CHECK_NOTHROW(check_tables(structure, std::vector{late}));
  late.counts = {1, 5, 3};
  CHECK_THROWS_WITH(check_tables(structure, std::vector{late}),
                    kohort_tests::contains("Table 4: 1 persons went from 'ill' to 'well', but the "
                                           "model has no such way. Permit the move in the model"));
  auto among = row;
  among.ends = {{0}, {1}};
  among.counts = {5, 3};
  CHECK_THROWS_WITH(check_tables(structure, std::vector{among}),
                    kohort_tests::contains("no column holds 'dead'"));
  among.among = true;
  CHECK_NOTHROW(check_tables(structure, std::vector{among}));
}
