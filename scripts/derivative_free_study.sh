#!/bin/sh
# The study of training without gradients: every command, in order. The first argument is the folder of results;
# a folder for each task is made in it. Interrupted, the same command goes on where it was.
#   sh scripts/derivative_free_study.sh out/study            everything: days on two cores
#   TASKS="parity tomita4" BUDGET=6000 SEEDS=5 sh scripts/derivative_free_study.sh out/study
set -eu
out=$1
optimizers=${OPTIMIZERS:-adamw,sgd,pattern_search}
common="recipe=study optimizer=$optimizers budget=${BUDGET:-20000} seeds=${SEEDS:-5}"

for name in ${TASKS:-parity s3 tomita1 tomita2 tomita3 tomita4 tomita5 tomita6 tomita7 dyck1 set scan sort count modular addition width}; do
  case $name in
    parity) task="state_tracking" ;;
    s3) task="state_tracking task.group=S3 task.longest=6" ;;
    tomita*|dyck1) task="membership task.language=$name" ;;
    set) task="set_membership" ;;
    modular) task="modular_arithmetic" ;;
    addition) task="arithmetic" ;;
    width) task="membership model.features=8,16,32,64" ;;
    *) task=$name ;;
  esac
  # the words of a task are its arguments
  # shellcheck disable=SC2086
  ${REGARD:-regard} compare-optimizers task=$task $common --workers "${WORKERS:-2}" --out "$out/$name"
done
