#include <bit>

#include <kohort/data/detail/decimal_marks.hpp>
#include <kohort/data/detail/digest.hpp>
#include <kohort/data/detail/record_meaning.hpp>

namespace kohort::detail {

namespace {

/// Words without regard to case, accents and spaces; numbers without regard to their marks.
std::uint64_t digest_of_word(std::string_view word) {
  if (const auto number = decimal_marks(0, false).read(word)) {
    return std::bit_cast<std::uint64_t>(*number + 0.0);
  }
  return digest(header_key(word));
}

}  // namespace

std::uint64_t record_meaning::of(const csv_record& record, const std::array<std::int64_t, 4>& facts,
                                 bool has_id) {
  const auto bytes = std::bit_cast<std::array<char, sizeof facts>>(facts);
  auto result = digest({bytes.data(), bytes.size()});
  const auto add = [&](std::uint64_t part) {
    const auto both = std::bit_cast<std::array<char, 16>>(std::array{result, part});
    result = digest({both.data(), both.size()});
  };
  for (const auto which : {role::level, role::support, role::hours, role::unit}) {
    if (header_.has(which)) add(words_.of(header_.cell(record, which), digest_of_word));
  }
  if (has_id) return result;
  std::uint64_t rest = 0;  // a sum: the order of the columns says nothing
  for (const auto at : header_.unused()) rest += digest(record.fields[at], header_.seed(at));
  add(rest);
  return result;
}

}  // namespace kohort::detail
