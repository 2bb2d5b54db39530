"use client";

import * as mergefetch from "mergefetch";
import * as worker from "mergefetch/worker";
import { useEffect } from "react";

import { mergedSave, show, workerMerge } from "./loop";

let isStarted = false;

export default function Editor() {
  useEffect(() => {
    // In development React runs effects twice.
    if (isStarted) return;
    isStarted = true;
    show(async (server) => {
      const here = [await mergedSave(mergefetch, server), await workerMerge(worker)];
      const onServer = await fetch(`/save${location.search}`);
      return [...here, document.querySelector("p").textContent, await onServer.text()].join("|");
    });
  }, []);
  return <p>The editor</p>;
}
