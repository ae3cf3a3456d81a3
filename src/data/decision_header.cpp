#include <algorithm>

#include <kohort/data/detail/catalogue.hpp>
#include <kohort/data/detail/decision_header.hpp>
#include <kohort/data/detail/digest.hpp>
#include <kohort/support/detail/listed.hpp>

namespace kohort::detail {

std::string_view name_of(role which) {
  return decision_columns()[static_cast<std::size_t>(which)].first;
}

role source_role(level_source source) {
  switch (source) {
    case level_source::support:
      return role::support;
    case level_source::hours:
      return role::hours;
    default:
      return role::level;
  }
}

/// Only heads that kohort knows are repeated: a file without a header line has a person there.
finding decision_header::fault(std::int64_t row, const std::string& detail,
                               const std::string& detail_sv) const {
  std::vector<std::string> known;
  for (const auto& head : heads_) {
    for (const auto& [role, names] : decision_columns()) {
      for (const auto name : names) {
        if (header_key(name) == header_key(head)) known.emplace_back(name);
      }
    }
  }
  const auto all = std::to_string(heads_.size());
  auto f = catalogued("E-HEADER", row);
  f.message += " " + detail + " Of the " + all + " columns these are known: " +
               (known.empty() ? "none; is there a header line?" : listed(known) + ".");
  f.message_sv += " " + detail_sv + " Av de " + all + " kolumnerna känns dessa igen: " +
                  (known.empty() ? "ingen; finns det en rubrikrad?" : listed(known) + ".");
  if (known.empty()) {
    f.remedy += " If lines stand above the header, say which row it is with `header_row`.";
    f.remedy_sv += " Om det står rader ovanför rubrikraden, ange dess rad med `header_row`.";
  }
  return f;
}

bool decision_header::is_missing(const std::vector<role>& needed, std::int64_t row,
                                 finding_list& findings) const {
  const auto known =
      std::count_if(where_.begin(), where_.end(), [](std::size_t at) { return at != absent; });
  const auto data = std::count_if(heads_.begin(), heads_.end(), looks_like_data);
  if (data == 0 || 2 * known >= static_cast<std::ptrdiff_t>(heads_.size()) ||
      std::all_of(needed.begin(), needed.end(), [&](role which) { return has(which); })) {
    return false;
  }
  auto f = catalogued("E-HEADER-MISSING", row);
  const auto all = std::to_string(heads_.size()), those = std::to_string(data);
  f.message += " " + those + " of its " + all + " cells are dates or numbers.";
  f.message_sv += " " + those + " av dess " + all + " celler är datum eller tal.";
  findings.add(std::move(f));
  return true;
}

bool decision_header::find(const std::vector<std::string>& header, std::int64_t row,
                           level_source source,
                           const std::map<std::string, std::string>& declared_columns,
                           finding_list& findings) {
  if (header.empty()) return false;
  heads_ = header;
  const auto header_fault = [&](const std::string& detail, const std::string& detail_sv) {
    findings.add(fault(row, detail, detail_sv));
  };
  std::vector<std::string> heads;
  for (const auto& head : header) heads.push_back(header_key(head));
  std::size_t number = 0;
  std::array<bool, roles> told{};  // what is wrong with it
  for (const auto& [name, names] : decision_columns()) {
    auto& where = where_[number];
    auto& is_told = told[number++];
    const auto declared = declared_columns.find(std::string(name));
    std::vector<std::string> keys;
    if (declared != declared_columns.end()) {
      keys.push_back(header_key(declared->second));
    } else {
      for (const auto known : names) keys.push_back(header_key(known));
    }
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (std::find(keys.begin(), keys.end(), heads[i]) != keys.end()) found.push_back(i);
    }
    const std::string r(name);
    if (r == "unit" && found.size() > 1) found.resize(1);  // any division will do
    if (found.size() > 1) {
      std::string both;
      for (const auto i : found) {
        both += (both.empty() ? "" : ", ") + shown_header(header[i], i + 1);
      }
      header_fault("'" + r + "' could be any of " + both + ".",
                   "'" + r + "' kan vara någon av " + both + ".");
      is_told = true;
    } else if (found.size() == 1) {
      where = found.front();
    } else if (declared != declared_columns.end()) {
      const bool plain = plain_words(declared->second);
      const auto& name_of_it = declared->second;
      header_fault("there is no " + (plain ? "'" + name_of_it + "'" : "column") +
                       " of the name declared to be '" + r + "'.",
                   (plain ? "'" + name_of_it + "'" : "kolumnen") + " som har angetts som '" + r +
                       "' finns inte.");
      is_told = true;
    }
  }
  for (std::size_t i = 0; i < heads.size(); ++i) {
    seeds_.push_back(digest(heads[i]));
    if (std::find(where_.begin(), where_.end(), i) == where_.end()) unused_.push_back(i);
  }
  std::vector<role> needed{role::person, source_role(source)};
  // A month says when as well as a start and an end do, which go before it.
  if (!has(role::period) || has(role::start) || has(role::end)) {
    needed.push_back(role::start);
    needed.push_back(role::end);
  }
  if (is_missing(needed, row, findings)) return false;
  for (const auto which : needed) {
    auto& is_told = told[static_cast<std::size_t>(which)];
    if (has(which) || is_told) continue;
    const std::string r(name_of(which));
    header_fault("no column is known to be '" + r + "'.",
                 "ingen kolumn känns igen som '" + r + "'.");
    is_told = true;
  }
  return std::none_of(told.begin(), told.end(), [](bool one) { return one; });
}

bool decision_header::says_personal_number() const {
  if (!has(role::person)) return false;
  const auto head = header_key(heads_[column(role::person)]);
  return head == "personnummer" || head == "personnr" || head == "pnr";
}

}  // namespace kohort::detail
