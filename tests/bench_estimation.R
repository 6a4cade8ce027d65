# The peer of bench_estimation.py: the same work with the package survey, on the same numbers.
# Arguments: folder with the columns as binary doubles, rows, repeats. Prints "name,median seconds".
suppressMessages(library(survey))
arguments <- commandArgs(TRUE)
folder <- arguments[1]; n <- as.integer(arguments[2]); repeats <- as.integer(arguments[3])
column <- function(name) readBin(file.path(folder, name), "double", n)
items <- paste0("y", 1:20)
data <- data.frame(sapply(c(items, "plan", "weight", "stratum", "unit", "units", "people"), column))
data$domain <- factor(letters[column("domain")])
data$size <- factor(column("stratum"))
data$respondent <- seq_len(n)
wanted <- reformulate(items)

median_time <- function(name, work, times = repeats) {
  seconds <- replicate(times, system.time(work())[["elapsed"]])
  cat(name, ",", median(seconds), "\n", sep = "")
}
make <- function() svydesign(~1, strata = ~size, weights = ~weight, data = data)
design <- make()
means <- function(design) function() svyby(wanted, ~domain, design, svymean)
median_time("make the design", make)
median_time("domain means", means(design))
total <- sum(data$weight)
sizes <- data.frame(size = levels(data$size), Freq = total / 6)
domains <- data.frame(domain = levels(data$domain), Freq = total / 5)
median_time("rake two margins", function() rake(design, list(~size, ~domain), list(sizes, domains), control = list(maxit = 50, epsilon = 1e-9)))
median_time("logit regression", function() svyglm(plan ~ y1 + y2 + domain, design, family = quasibinomial))
median_time("Rao-Scott test", function() svychisq(~plan + domain, design))
if (n < 10000) {
  boot <- function() as.svrepdesign(design, type = "subbootstrap", replicates = 1000)
  replicated <- boot()
  median_time("bootstrap, make 1,000 replicates", boot, 3)
  median_time("bootstrap, domain means", means(replicated), 3)
  staged <- svydesign(~unit + respondent, strata = ~size, fpc = ~units + people, data = data)
  if (n > 443) median_time("domain means, two stages", means(staged), 3)
}
